import {createHash} from 'node:crypto'
import type {Config} from './config.js'
import type {Key} from './key.js'
import {type SectionName, schema} from './schema.js'

export interface ValueInForce {
  /** As `config show` has it. */
  readonly key: string
  /** Of a secret only a digest, enough to tell two of them apart. */
  readonly value: unknown
  readonly isSecret: boolean
}

/** Every value of a configuration as it is in force, whatever file or flag it came from. */
export function valuesInForce(config: Config): ValueInForce[] {
  return (Object.keys(schema) as SectionName[]).flatMap((name) => {
    const section = config[name]
    if (Array.isArray(section)) return section.flatMap((each, at) => sectionValues(name, `${name}[${at}]`, each))
    return section === null ? [] : sectionValues(name, name, section)
  })
}

function sectionValues(name: SectionName, path: string, section: object): ValueInForce[] {
  const rows: Readonly<Record<string, Key<unknown>>> = schema[name]
  return Object.entries(rows).map(([key, {isSecret}]) => {
    const value: unknown = Reflect.get(section, key) ?? null
    return {key: `${path}.${key}`, value: isSecret ? digestOf(value) : value, isSecret}
  })
}

function digestOf(secret: unknown): string {
  if (secret === null || secret === '') return ''
  return createHash('sha256').update(String(secret)).digest('hex')
}
