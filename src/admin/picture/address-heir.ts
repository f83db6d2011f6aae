import type {NodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import type {Metadata} from './metadata.js'
import type {Known} from './record.js'

/**
 * Who is alive where a failed server was: Vearch, which looks servers up by address, takes one for the other. A neighbour on the same
 * host that listens elsewhere is none.
 */
export function addressHeir({servers, failServers}: Metadata, failed: NodeId): readonly [NodeId, Known<Server>] | null {
  const before = failServers.get(failed)?.value.server
  if (before === undefined || before.ip === '' || servers.has(failed)) return null
  const isHeir = ({ip, rpc_port}: Server) => ip === before.ip && rpc_port === before.rpc_port
  return [...servers].find(([, {value}]) => isHeir(value)) ?? null
}
