import type {Network} from '../env/net/network.js'
import {CodedError} from '../errors/coded-error.js'

export interface NamedPort {
  /** The key in the configuration. */
  readonly name: string
  /** 0 is always free. */
  readonly port: number
}

/** Errors: PORT_TAKEN, naming every port of `ports` that something listens on already. */
export async function assertPortsFree(network: Network, host: string, ports: readonly NamedPort[]): Promise<void> {
  const taken: string[] = []
  for (const {name, port} of ports)
    if (!(await isFree(network, host, port))) taken.push(`${name} ${host}:${port} is in use`)
  if (taken.length === 0) return
  const hint = 'Another process listens there: stop it, or choose another port in the configuration.'
  throw new CodedError('PORT_TAKEN', taken.join(', '), {hint})
}

/** A port that can not be bound for another reason is found out by whoever binds it. */
async function isFree(network: Network, host: string, port: number): Promise<boolean> {
  try {
    const listening = await network.listen({host, port}, {connectionsMax: 0, onTrouble: () => {}}, (stream) =>
      stream.destroy(),
    )
    await listening.close()
    return true
  } catch (thrown) {
    return !(thrown instanceof CodedError && thrown.errorName === 'PORT_TAKEN')
  }
}
