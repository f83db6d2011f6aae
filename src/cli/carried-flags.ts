/**
 * Flags given to `repl` or `run` hold for each line, as if they were typed there. What a line says itself wins; one that names a
 * cluster takes nothing of the carried target, so that two clusters are never mixed.
 */
import {globalFlags} from './global-flags.js'

/** Of the flags typed, by name, as words of a command line. */
export type CarriedFlags = ReadonlyMap<string, readonly string[]>

const naming = ['context', 'conf', 'etcd', 'master', 'snapshot']

export function carriedFlags(globals: Readonly<Record<string, unknown>>, typed: ReadonlySet<string>): CarriedFlags {
  const said = [...typed].filter((name) => Object.hasOwn(globalFlags, name))
  return new Map(said.map((name) => [name, wordsOf(name, globals[name])]))
}

function wordsOf(name: string, value: unknown): string[] {
  if (typeof value === 'boolean') return value ? [`--${name}`] : []
  if (name === 'output' && isFormat(value)) return [`--${name}=${value.format}${value.path && `=${value.path}`}`]
  if (name === 'force' && Array.isArray(value)) return value.map((guard) => `--${name}=${guard}`)
  const isDuration = name.endsWith('timeout') || name === 'watch'
  return [`--${name}=${Array.isArray(value) ? value.join(',') : `${value}${isDuration ? 'ms' : ''}`}`]
}

function isFormat(value: unknown): value is {format: string; path: string} {
  return typeof value === 'object' && value !== null && 'format' in value
}

export function withCarried(words: readonly string[], carried: CarriedFlags): string[] {
  const own = new Set(words.map(nameOf))
  const namesCluster = naming.some((name) => own.has(name))
  const added = [...carried].filter(([name]) => !own.has(name) && !(namesCluster && isOfTarget(name)))
  return [...added.flatMap(([, flag]) => flag), ...words]
}

export function isOfTarget(name: string): boolean {
  return Object.entries(globalFlags).some(([each, {helpGroup}]) => each === name && helpGroup === 'TARGET')
}

function nameOf(word: string): string {
  if (/^-\w/.test(word)) {
    return Object.entries(globalFlags).find(([, flag]) => 'char' in flag && flag.char === word[1])?.[0] ?? word
  }
  return word.replace(/^--/, '').replace(/=.*$/s, '')
}
