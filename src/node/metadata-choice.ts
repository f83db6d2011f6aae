/**
 * Where a node's metadata lives, decided from what it finds. Pure.
 *
 * What a data directory already holds decides first: a cluster that began embedded does not change its store because
 * somebody installs etcd. A new cluster without a config file is embedded, so that what starts does not depend on what
 * happens to be installed; with one, a single master takes etcd where there is a binary, and several masters need it.
 */
import type {Config} from '../config/config.js'
import {CodedError} from '../errors/coded-error.js'

export type MetadataChoice = 'external' | 'managed' | 'embedded'

export interface MetadataFacts {
  readonly config: Config
  readonly hasConfigFile: boolean
  readonly hasEtcdBinary: boolean
  /** What the first data directory holds. */
  readonly existing: 'managed' | 'embedded' | null
}

/** Throws CONFIG_ERROR or ETCD_MISSING. */
export function chooseMetadata({config, hasConfigFile, hasEtcdBinary, existing}: MetadataFacts): MetadataChoice {
  if (config.global.self_manage_etcd) return 'external'
  const several = config.masters.length > 1
  if (existing === 'embedded' && several) {
    throw new CodedError(
      'CONFIG_ERROR',
      'the data directory holds embedded metadata, which serves exactly one master',
      {
        hint: 'keep one [[masters]] entry, or move the metadata to etcd first',
      },
    )
  }
  if (existing === 'embedded') return 'embedded'
  const wantsEtcd = existing === 'managed' || several
  if (wantsEtcd && !hasEtcdBinary) {
    throw new CodedError(
      'ETCD_MISSING',
      several ? 'several masters need etcd' : 'the data directory belongs to an etcd',
      {
        hint: 'apt-get install etcd-server, or set VEARCH_ETCD_BIN, or use self_manage_etcd = true with an [etcd] of your own',
      },
    )
  }
  return wantsEtcd || (hasConfigFile && hasEtcdBinary) ? 'managed' : 'embedded'
}
