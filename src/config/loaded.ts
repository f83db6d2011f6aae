import {CodedError} from '../errors/coded-error.js'
import type {Config} from './config.js'

export interface Finding {
  /** `error`: the file cannot be used. `warning`: it may not do what its writer thinks. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note'
  /** The key's path in the file (`masters[0].api_port`); empty where it is about the file. */
  readonly key: string
  readonly line: number | null
  readonly text: string
  /** What to do about it. */
  readonly hint: string
}

export type Origin =
  | {readonly from: 'file'; readonly line: number | null}
  /** `why` says where the default comes from, or what the value was derived from. */
  | {readonly from: 'default' | 'derived'; readonly why: string}

export interface ConfigValue {
  readonly key: string
  readonly value: unknown
  readonly origin: Origin
  readonly isPort: boolean
  readonly isSecret: boolean
}

/** Everything that is known about one configuration file. */
export interface LoadedConfig {
  readonly path: string
  /** Null if there is a finding of severity `error`. */
  readonly config: Config | null
  /** Every value in force, in the order of the schema. */
  readonly values: readonly ConfigValue[]
  /** By line. */
  readonly findings: readonly Finding[]
}

/** The configuration, or CONFIG_ERROR with all of the file's faults. */
export function requireConfig(loaded: LoadedConfig): Config {
  if (loaded.config !== null) return loaded.config
  const faults = loaded.findings.filter(({severity}) => severity === 'error')
  const lines = faults.map((fault) => `\n  ${describeFinding(fault)}`)
  throw new CodedError('CONFIG_ERROR', `${loaded.path} has ${count(faults.length, 'fault')}:${lines.join('')}`, {
    hint: `vearchctl config lint ${loaded.path}`,
    facts: {path: loaded.path, faults},
  })
}

export function describeFinding({key, line, text, hint}: Finding): string {
  const place = line === null ? '' : `line ${line}: `
  const subject = key === '' ? '' : `${key} `
  return `${place}${subject}${text}; ${hint}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
