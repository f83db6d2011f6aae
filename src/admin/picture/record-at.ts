import type {Metadata} from './metadata.js'
import type {BrokenRecord, Known} from './record.js'

/** The record of a key, whether it can be read or not; undefined: there is none. */
export function recordAt(metadata: Metadata, key: string): Known<unknown> | BrokenRecord | undefined {
  return metadata.broken.get(key) ?? readableAt(metadata, key)
}

export function readableAt(metadata: Metadata, key: string): Known<unknown> | undefined {
  const parsed = metadata.keys.parse(key)
  switch (parsed.kind) {
    case 'server':
      return metadata.servers.get(parsed.id)
    case 'failServer':
      return metadata.failServers.get(parsed.id)
    case 'partition':
      return metadata.partitions.get(parsed.id)
    case 'space':
      return metadata.spaces.get(parsed.id)
    case 'db':
      return metadata.dbs.get(parsed.id)
    case 'dbName':
      return metadata.dbNames.get(parsed.id)
    case 'dbId':
      return metadata.dbIds.get(parsed.name)
    case 'sequence':
      return metadata.sequences.get(parsed.sequence)
    case 'router':
      return metadata.routers.get(parsed.ip)
    case 'user':
      return metadata.users.get(parsed.name)
    case 'role':
      return metadata.roles.get(parsed.name)
    case 'alias':
      return metadata.aliases.get(parsed.name)
    case 'member':
      return metadata.members.get(parsed.memberId)
    default:
      return [...metadata.locks, ...metadata.mutes, ...metadata.others, ...metadata.strays].find(
        (one) => one.key === key,
      )
  }
}
