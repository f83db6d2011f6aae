/**
 * What is in force here and not there: by a configuration file, or in a partition server that runs, which may have been started
 * with another file or with flags.
 */
import {type ValueInForce, valuesInForce} from '../../config/in-force.js'
import {requireConfig} from '../../config/loaded.js'
import {nodeId} from '../../entity/ids.js'
import type {Server} from '../../entity/server.js'
import type {Env} from '../../env/env.js'
import {CodedError} from '../../errors/coded-error.js'
import {decodeRecord} from '../../meta/repository.js'
import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'
import {readConfig} from './read-config.js'

export interface ConfigDifference {
  readonly key: string
  readonly before: unknown
  readonly after: unknown
}

export interface ConfigSources {
  readonly env: Env
  /** Begun only where a server is named. */
  session(): Session
}

/** Each is a file, or the id of a server. Errors: NOT_FOUND, CONFIG_ERROR, those of asking. */
export async function configDifference(
  sources: ConfigSources,
  before: string,
  after: string,
): Promise<Listing<ConfigDifference>> {
  const [old, now] = await Promise.all([valuesOf(sources, before), valuesOf(sources, after)])
  const keys = [...new Set([...old.keys(), ...now.keys()])]
  const rows = keys.flatMap((key): ConfigDifference[] => {
    const [was, is] = [old.get(key), now.get(key)]
    if (JSON.stringify(was?.value) === JSON.stringify(is?.value)) return []
    return [{key, before: shown(was), after: shown(is)}]
  })
  return {rows, source: `${before} → ${after}`, warnings: [], exit: rows.length === 0 ? 'ok' : 'different'}
}

async function valuesOf({env, session}: ConfigSources, named: string): Promise<ReadonlyMap<string, ValueInForce>> {
  const values = /^\d+$/.test(named)
    ? await valuesOfServer(session(), Number(named))
    : valuesInForce(requireConfig(await readConfig(env, named)))
  return new Map(values.map((value) => [value.key, value]))
}

async function valuesOfServer(session: Session, id: number): Promise<readonly ValueInForce[]> {
  const meta = await session.reading()
  const record = await meta.get(meta.keys.server(nodeId(id)))
  if (record === null) throw new CodedError('NOT_FOUND', `node ${id} is not alive`, {hint: 'vearchctl node list'})
  const {ip: host, rpc_port: port} = decodeRecord<Server>(record.value)
  const answer = await (await session.nodes()).ask({id: nodeId(id), host, port}, 'configuration', {})
  if (!answer.answered) throw answer.error
  return answer.value.values
}

function shown(value: ValueInForce | undefined): unknown {
  if (value === undefined) return null
  return value.isSecret && value.value !== '' ? '***' : value.value
}
