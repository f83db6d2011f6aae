/**
 * Which cluster is meant, and how it may be touched. Pure.
 *
 * Three sources. The command line wins, field by field. Below it stands either the environment or a context, never both:
 * a context named on the command line is taken instead of the environment, and the context in use only where neither the
 * command line nor the environment names a cluster. So a variable left over from yesterday cannot mix one cluster's name
 * with another's endpoints.
 */
import {nearestName} from '../../config/nearest.js'
import {CodedError} from '../../errors/coded-error.js'

/** Each null where nothing says it. */
export interface Target {
  readonly context: string | null
  readonly conf: string | null
  readonly cluster: string | null
  readonly etcd: readonly string[] | null
  readonly etcdUser: string | null
  readonly etcdPasswordFile: string | null
  readonly masters: readonly string[] | null
  readonly routers: readonly string[] | null
  readonly user: string | null
  readonly passwordFile: string | null
  readonly tls: TlsFiles | null
  /** A file with metadata, instead of a cluster. */
  readonly snapshot: string | null
  /** Holds what opens such files that are encrypted. */
  readonly passphraseFile: string | null
  /** The revision to read at. */
  readonly at: number | null
  /** Or the time as of which, as it was written. */
  readonly atTime: string | null
  /** What destroys needs the cluster's name typed. */
  readonly isProtected: boolean
  /** Who says that nothing may be changed; null if nobody does. */
  readonly readOnlyBecause: string | null
  /** The language that its operators like to read. */
  readonly language: string | null
}

export interface TlsFiles {
  readonly ca: string | null
  readonly certificate: string | null
  readonly key: string | null
  /** Any certificate is believed. */
  readonly isInsecure: boolean
}

export type TargetFields = {
  readonly [Field in Exclude<keyof Target, 'context' | 'readOnlyBecause'>]?: Target[Field] | undefined
} & {readonly isReadOnly?: boolean | undefined}

export interface TargetSources {
  /** `--context`. */
  readonly named: string | null
  /** What the command line says. */
  readonly flags: TargetFields
  /** What the environment says. */
  readonly environment: TargetFields
  /** `VEARCHCTL_CONTEXT`, or what `context use` chose. */
  readonly inUse: string | null
  readonly contexts: ReadonlyMap<string, TargetFields>
}

const nothing: Target = {
  context: null,
  conf: null,
  cluster: null,
  etcd: null,
  etcdUser: null,
  etcdPasswordFile: null,
  masters: null,
  routers: null,
  user: null,
  passwordFile: null,
  tls: null,
  snapshot: null,
  passphraseFile: null,
  at: null,
  atTime: null,
  isProtected: false,
  readOnlyBecause: null,
  language: null,
}

/** Any of these says which cluster is meant. */
const naming = ['conf', 'etcd', 'masters', 'snapshot'] as const

/** Errors: NOT_FOUND for a context that is not there. */
export function chooseTarget({named, flags, environment, inUse, contexts}: TargetSources): Target {
  const namesCluster = (fields: TargetFields) => naming.some((name) => fields[name] !== undefined)
  const context = named ?? (namesCluster(flags) || namesCluster(environment) ? null : inUse)
  const base = context === null ? environment : contexts.get(context)
  if (base === undefined) throw noContext(context ?? '', [...contexts.keys()])
  const {isReadOnly: ofBase, ...rest} = said(base)
  const {isReadOnly: ofFlags, ...over} = said({...flags, isReadOnly: flags.isReadOnly ?? environment.isReadOnly})
  const readOnlyBecause = ofFlags ? '--read-only' : ofBase ? `context ${context}` : null
  return {...nothing, ...rest, ...over, context, readOnlyBecause}
}

function said(fields: TargetFields): Partial<Target> & {isReadOnly?: boolean} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null))
}

export function noContext(name: string, known: readonly string[]): CodedError {
  const nearest = nearestName(name, known)
  return new CodedError('NOT_FOUND', `there is no context ${name}`, {
    hint: nearest === null ? 'vearchctl context list' : `did you mean ${nearest}?`,
  })
}
