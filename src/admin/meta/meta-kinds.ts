/**
 * The kinds of record in the metadata, by the names that people use for them.
 */
import type {Keys, ParsedKey} from '../../meta/keys.js'

export const metaKinds = [
  'servers',
  'failservers',
  'dbs',
  'spaces',
  'space-configs',
  'partitions',
  'aliases',
  'mutes',
  'cordons',
  'users',
  'roles',
  'routers',
  'members',
  'limits',
  'locks',
  'removals',
  'replica-changes',
  'duties',
  'sequences',
] as const
export type MetaKind = (typeof metaKinds)[number]

/** `db-names` are the two indexes beside the databases; `unknown` is what no release that we know of writes. */
export function kindOf({kind}: ParsedKey): MetaKind | 'db-names' | 'unknown' {
  return kinds[kind]
}

const kinds: Readonly<Record<ParsedKey['kind'], MetaKind | 'db-names' | 'unknown'>> = {
  sequence: 'sequences',
  dbName: 'db-names',
  dbId: 'db-names',
  db: 'dbs',
  space: 'spaces',
  spaceConfig: 'space-configs',
  partition: 'partitions',
  server: 'servers',
  failServer: 'failservers',
  router: 'routers',
  requestLimit: 'limits',
  memoryLimit: 'limits',
  slowSearchIsolation: 'limits',
  user: 'users',
  role: 'roles',
  alias: 'aliases',
  mute: 'mutes',
  cordon: 'cordons',
  member: 'members',
  lock: 'locks',
  removal: 'removals',
  replicaChange: 'replica-changes',
  duty: 'duties',
  unknown: 'unknown',
}

/** Kinds whose values are plain text; all others are JSON. */
const textKinds: ReadonlySet<string> = new Set(['sequences', 'db-names', 'routers', 'locks', 'duties', 'unknown'])

export function isJsonKind(kind: string): boolean {
  return !textKinds.has(kind)
}

/** The narrowest prefix under which all records of a kind are; others may be there too. */
export function prefixOf(kind: MetaKind, keys: Keys): string {
  const prefixes: Readonly<Partial<Record<MetaKind, string>>> = {
    servers: keys.serverPrefix,
    failservers: keys.failServerPrefix,
    dbs: keys.dbPrefix,
    spaces: keys.spacePrefix,
    'space-configs': keys.spaceConfigPrefix,
    partitions: keys.partitionPrefix,
    aliases: keys.aliasPrefix,
    mutes: keys.mutePrefix,
    cordons: keys.cordonPrefix,
    users: keys.userPrefix,
    roles: keys.rolePrefix,
    routers: keys.routerPrefix,
    members: keys.memberPrefix,
    locks: keys.lockPrefix,
    removals: keys.removalPrefix,
    'replica-changes': keys.replicaChangePrefix,
    duties: keys.dutyPrefix,
  }
  return prefixes[kind] ?? keys.all
}
