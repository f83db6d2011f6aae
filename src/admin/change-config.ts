/** Configuration files: one value written into one, two compared, a new one begun. */
import type {RoleName} from '../config/key.js'
import {requireConfig} from '../config/loaded.js'
import type {Env} from '../env/env.js'
import {writePrivately} from '../env/private-file.js'
import type {Listing} from './listing.js'
import {readConfig} from './read-config.js'
import {readText} from './text-file.js'

export interface ConfigChange {
  readonly file: string
  readonly key: string
  /** As it stands in the text. */
  readonly before: string | null
  readonly after: string
}

/** Writes the file, unless only looking. Errors: NOT_FOUND, USAGE, CONFIG_ERROR. */
export async function setConfigValue(
  {disk}: Pick<Env, 'disk'>,
  {file, key, value, isDryRun}: {readonly file: string; key: string; value: string; isDryRun: boolean},
): Promise<Listing<ConfigChange>> {
  const [{setValue}, {loadConfig}] = await Promise.all([import('../config/set-value.js'), import('../config/load.js')])
  const {text, before, after} = setValue(await readText(disk, file), key, value, file)
  if (!isDryRun) await writePrivately(file, text)
  const {values} = loadConfig(text, file)
  const isSecret = values.some((known) => known.isSecret && known.key === key.toLowerCase())
  const hide = (literal: string | null) => (isSecret && literal !== null ? '***' : literal)
  return {rows: [{file, key, before: hide(before), after: hide(after) ?? ''}], source: file, warnings: []}
}

export interface ConfigDifference {
  readonly key: string
  readonly before: unknown
  readonly after: unknown
}

/** What is in force by one file and not by the other, defaults included. Errors: NOT_FOUND, CONFIG_ERROR. */
export async function configDifference(env: Env, before: string, after: string): Promise<Listing<ConfigDifference>> {
  const [old, now] = await Promise.all([valuesOf(env, before), valuesOf(env, after)])
  const keys = [...new Set([...old.keys(), ...now.keys()])]
  const rows = keys.flatMap((key): ConfigDifference[] => {
    const [was, is] = [old.get(key), now.get(key)]
    if (JSON.stringify(was?.value) === JSON.stringify(is?.value)) return []
    return [{key, before: shown(was), after: shown(is)}]
  })
  return {rows, source: `${before} → ${after}`, warnings: [], exit: rows.length === 0 ? 'ok' : 'different'}
}

interface Value {
  readonly value: unknown
  readonly isSecret: boolean
}

async function valuesOf(env: Env, path: string): Promise<ReadonlyMap<string, Value>> {
  const loaded = await readConfig(env, path)
  requireConfig(loaded)
  return new Map(loaded.values.map(({key, value, isSecret}) => [key, {value, isSecret}]))
}

function shown(value: Value | undefined): unknown {
  if (value === undefined) return null
  return value.isSecret && value.value !== '' ? '***' : value.value
}

export async function configTemplate(role: RoleName | null): Promise<string> {
  return (await import('../config/template.js')).configTemplate(role)
}
