/**
 * The ports that a node opens last and checks first: a start that cannot succeed must not make files or write metadata.
 * Those of an etcd are checked by its supervisor, which ends an orphan that holds them; a partition server checks its own.
 */
import type {Config, MasterConfig} from '../config/config.js'
import type {RoleName} from '../config/key.js'
import type {NamedPort} from '../ps/ports.js'

export function httpPorts(
  {router}: Config,
  roles: readonly RoleName[],
  master: MasterConfig | null,
): readonly NamedPort[] {
  return [
    ...(master === null ? [] : [{name: portName(master, 'api_port'), port: master.api_port}]),
    ...(roles.includes('router') ? [{name: 'router.port', port: router.port}] : []),
  ]
}

export function portName({name}: MasterConfig, key: 'api_port' | 'etcd_client_port'): string {
  return `${key} of [[masters]] ${JSON.stringify(name)}`
}
