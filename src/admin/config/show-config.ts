import {lintConfig} from '../../config/lint.js'
import {type Finding, requireConfig} from '../../config/loaded.js'
import type {Env} from '../../env/env.js'
import type {Listing} from '../listing.js'
import {readConfig} from './read-config.js'

export interface ConfigRow {
  readonly key: string
  /** `***` for a secret that is set. */
  readonly value: unknown
  readonly origin: 'file' | 'embedded' | 'default' | 'derived'
  readonly line: number | null
  readonly why: string | null
}

/** The values in force, of one table or key if asked. Throws CONFIG_ERROR with all faults of the file. */
export async function showConfig(env: Env, path: string | null, part: string | null): Promise<Listing<ConfigRow>> {
  const loaded = await readConfig(env, path)
  requireConfig(loaded)
  const rows = loaded.values
    .filter(({key}) => part === null || key === part || key.startsWith(`${part}.`) || key.startsWith(`${part}[`))
    .map(
      ({key, value, origin, isSecret}): ConfigRow => ({
        key,
        value: isSecret && value !== '' ? '***' : value,
        origin: origin.from === 'file' && path === null ? 'embedded' : origin.from,
        line: origin.from === 'file' && path !== null ? origin.line : null,
        why: origin.from === 'file' ? null : origin.why,
      }),
    )
  return {rows, source: loaded.path, warnings: []}
}

/** Everything that can be said against a file: faults first, then what is unwise, then notes. */
export async function checkConfig(env: Env, path: string | null): Promise<Listing<Finding>> {
  const loaded = await readConfig(env, path)
  const order = ['error', 'warning', 'note']
  const rows = [...loaded.findings, ...lintConfig(loaded)].sort(
    (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || (a.line ?? 0) - (b.line ?? 0),
  )
  const worst = rows[0]?.severity
  const exit = worst === 'error' ? 'critical' : worst === 'warning' ? 'degraded' : 'ok'
  return {rows, source: loaded.path, warnings: [], exit}
}
