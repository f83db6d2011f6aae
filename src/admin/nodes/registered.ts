/** The partition servers that are registered now, as the metadata has them: with the ports at which they can be asked. */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import {brokenWarnings, readableRecord, recordsUnder} from '../entities/records.js'
import type {NodeAddress} from '../session/node-calls.js'

export interface Registered {
  readonly servers: readonly Server[]
  /** Records that cannot be read. */
  readonly warnings: readonly string[]
}

/** All in the order of their ids, or those of `ids` in theirs. Errors: PARTITION_SERVER_NOT_EXIST. */
export async function registeredServers(meta: MetaReading, ids: readonly number[]): Promise<Registered> {
  const metadata = await recordsUnder(meta, [meta.keys.serverPrefix])
  const found = new Map<number, Server>([...metadata.servers].map(([id, {value}]) => [id, {...value, name: id}]))
  const all = [...found.values()].sort((a, b) => a.name - b.name)
  const servers = ids.length === 0 ? all : ids.map((id) => found.get(id) ?? notRegistered(id))
  return {servers, warnings: brokenWarnings(metadata)}
}

/** Errors: PARTITION_SERVER_NOT_EXIST; DATA_CORRUPT where its record cannot be read. */
export async function registeredServer(meta: MetaReading, id: NodeId): Promise<Server> {
  const kv = await meta.get(meta.keys.server(id))
  return kv === null ? notRegistered(id) : {...(readableRecord(kv) as unknown as Server), name: id}
}

function notRegistered(id: number): never {
  throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${id} is not registered`, {
    hint: `vearchctl why node ${id}`,
  })
}

export function rpcAddress({name: id, ip: host, rpc_port: port}: Server): NodeAddress {
  return {id, host, port}
}
