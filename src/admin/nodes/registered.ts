/** The partition servers that are registered now, as the metadata has them: with the ports at which they can be asked. */
import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'
import {decodeRecord} from '../../meta/repository.js'
import type {NodeAddress} from '../node-calls.js'

/** All in the order of their ids, or those of `ids` in theirs. Errors: PARTITION_SERVER_NOT_EXIST. */
export async function registeredServers(meta: MetaReading, ids: readonly number[]): Promise<Server[]> {
  const {keys} = meta
  const found = new Map<number, Server>()
  for await (const {key, value} of meta.scan(keys.serverPrefix)) {
    const parsed = keys.parse(key)
    if (parsed.kind === 'server') found.set(parsed.id, {...decodeRecord<Server>(value), name: parsed.id})
  }
  if (ids.length === 0) return [...found.values()].sort((a, b) => a.name - b.name)
  return ids.map((id) => found.get(id) ?? notRegistered(id))
}

/** Errors: PARTITION_SERVER_NOT_EXIST. */
export async function registeredServer(meta: MetaReading, id: NodeId): Promise<Server> {
  const kv = await meta.get(meta.keys.server(id))
  return kv === null ? notRegistered(id) : {...decodeRecord<Server>(kv.value), name: id}
}

function notRegistered(id: number): never {
  throw new CodedError('PARTITION_SERVER_NOT_EXIST', `node ${id} is not registered`, {
    hint: `vearchctl why node ${id}`,
  })
}

export function rpcAddress({name: id, ip: host, rpc_port: port}: Server): NodeAddress {
  return {id, host, port}
}
