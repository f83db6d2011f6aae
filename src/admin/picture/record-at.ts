/** Where in the metadata the record of a key is. */
import type {ParsedKey} from '../../meta/keys.js'
import type {Metadata} from './metadata.js'
import type {BrokenRecord, Known} from './record.js'

/** A record has a place by its id, or stands in a list. */
export type RecordHome =
  | {readonly map: ReadonlyMap<unknown, Known<unknown>>; readonly id: unknown}
  | {readonly list: readonly Known<unknown>[]}

export function homeOf(metadata: Metadata, parsed: ParsedKey): RecordHome {
  switch (parsed.kind) {
    case 'sequence':
      return {map: metadata.sequences, id: parsed.sequence}
    case 'db':
      return {map: metadata.dbs, id: parsed.id}
    case 'dbName':
      return {map: metadata.dbNames, id: parsed.id}
    case 'dbId':
      return {map: metadata.dbIds, id: parsed.name}
    case 'space':
      return {map: metadata.spaces, id: parsed.id}
    case 'partition':
      return {map: metadata.partitions, id: parsed.id}
    case 'server':
      return {map: metadata.servers, id: parsed.id}
    case 'failServer':
      return {map: metadata.failServers, id: parsed.id}
    case 'router':
      return {map: metadata.routers, id: parsed.ip}
    case 'alias':
      return {map: metadata.aliases, id: parsed.name}
    case 'user':
      return {map: metadata.users, id: parsed.name}
    case 'role':
      return {map: metadata.roles, id: parsed.name}
    case 'member':
      return {map: metadata.members, id: parsed.memberId}
    case 'lock':
      return {list: metadata.locks}
    case 'cordon':
      return {map: metadata.cordons, id: parsed.id}
    case 'mute':
      return {list: metadata.mutes}
    case 'unknown':
      return {list: metadata.strays}
    default:
      return {list: metadata.others}
  }
}

/** The record of a key, whether it can be read or not; undefined: there is none. */
export function recordAt(metadata: Metadata, key: string): Known<unknown> | BrokenRecord | undefined {
  return metadata.broken.get(key) ?? readableAt(metadata, key)
}

export function readableAt(metadata: Metadata, key: string): Known<unknown> | undefined {
  const home = homeOf(metadata, metadata.keys.parse(key))
  return 'map' in home ? home.map.get(home.id) : home.list.find((record) => record.key === key)
}
