/**
 * Ports that cannot all be listened on.
 *
 * Within one role, and between masters at one address, a clash is an error. So it is between roles, because they may
 * share a machine; but profiling and metrics ports only draw a warning there: where every role has its own machine it is
 * usual to give them all the same.
 */
import type {MasterConfig} from './config.js'
import type {ConfigValue, Finding} from './loaded.js'

interface Listener {
  readonly key: string
  /** `ps`, or `masters[0]`. */
  readonly owner: string
  readonly port: number
  readonly line: number | null
  readonly isWritten: boolean
  readonly isAuxiliary: boolean
}

export function portClashes(masters: readonly MasterConfig[], values: readonly ConfigValue[]): Finding[] {
  const earlierByPort = new Map<number, Listener[]>()
  return listeners(values).flatMap((listener) => {
    const earlier = earlierByPort.get(listener.port) ?? []
    earlierByPort.set(listener.port, [...earlier, listener])
    return earlier.flatMap((other) => {
      const severity = clash(other, listener, masters)
      return severity === null ? [] : [describe(other, listener, severity)]
    })
  })
}

function listeners(values: readonly ConfigValue[]): Listener[] {
  return values.flatMap(({key, value, origin, isPort}) => {
    const owner = key.slice(0, key.lastIndexOf('.'))
    // [etcd] names somebody else's listener
    if (!isPort || typeof value !== 'number' || value === 0 || owner === 'etcd') return []
    const isAuxiliary = /\.(pprof|monitor)_port$/.test(key)
    return [
      {
        key,
        owner,
        port: value,
        line: origin.from === 'file' ? origin.line : null,
        isWritten: origin.from === 'file',
        isAuxiliary,
      },
    ]
  })
}

function clash(first: Listener, second: Listener, masters: readonly MasterConfig[]): Finding['severity'] | null {
  if (first.owner === second.owner) return 'error'
  const addresses = [first, second].map(({owner}) => masters.find((_, index) => owner === `masters[${index}]`)?.address)
  const [here, there] = addresses.map((address) => (address === 'localhost' ? '127.0.0.1' : address?.toLowerCase()))
  // an empty address is a fault of its own
  if (here !== undefined && there !== undefined) return here === there && here !== '' ? 'error' : null
  if (!first.isWritten && !second.isWritten) return null
  return first.isAuxiliary || second.isAuxiliary ? 'warning' : 'error'
}

function describe(first: Listener, second: Listener, severity: Finding['severity']): Finding {
  // the later one is the one to change, unless only the earlier is in the file
  const [kept, moved] = second.isWritten || !first.isWritten ? [first, second] : [second, first]
  const where = kept.line === null ? 'by default' : `line ${kept.line}`
  return {
    severity,
    key: moved.key,
    line: moved.line,
    text: `is ${moved.port}, as is ${kept.key} (${where})`,
    hint: severity === 'error' ? 'give each its own port' : 'they cannot run on one machine',
  }
}
