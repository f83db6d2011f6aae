/**
 * `contexts.toml`: the clusters that an operator works on, a table for each, its keys named like the flags.
 *
 *     [prod]
 *     etcd = ["10.0.0.1:2370", "10.0.0.2:2370"]
 *     cluster = "vearch"
 *     password-file = "~/.secrets/prod"
 *     protected = true
 *
 * A person's file: it is changed a line at a time, as text, so that comments and order stay. Passwords have no key.
 */
import {parse} from '@iarna/toml'
import {CodedError} from '../errors/coded-error.js'
import {type Context, type ContextKeyKind, contextKeys} from './context.js'
import {nearestName} from './nearest.js'

/** Errors: CONFIG_ERROR, naming the context and the key. */
export function parseContexts(text: string, path: string): ReadonlyMap<string, Context> {
  return new Map(Object.entries(parseToml(text, path)).map(([name, table]) => [name, contextIn(table, name, path)]))
}

/** A name that needs no quotes in TOML, and no escape in a file's name. */
export function requireContextName(name: string): void {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return
  throw new CodedError('USAGE', `${name} cannot be the name of a context`, {hint: 'use letters, digits, - and _'})
}

/** The text with a new table at its end. */
export function withContext(text: string, name: string, context: Context): string {
  const lines = Object.entries(context).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${before}${before === '' ? '' : '\n'}[${name}]\n${lines.map((line) => `${line}\n`).join('')}`
}

/** The text without the table `name`, up to the next one. */
export function withoutContext(text: string, name: string): string {
  let inside = false
  const kept = text.split('\n').filter((line) => {
    const [, header] = /^\s*\[\s*"?([^\]"]*?)"?\s*\]/.exec(line) ?? []
    if (header !== undefined) inside = header === name
    return !inside
  })
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
}

function parseToml(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text)
  } catch (thrown) {
    const {message, line} = thrown as Error & {line?: number}
    const where = line === undefined ? path : `${path} line ${line + 1}`
    throw new CodedError('CONFIG_ERROR', `${where}: ${message.split('\n')[0]}`, {
      cause: thrown,
      hint: 'vearchctl context edit',
    })
  }
}

function contextIn(table: unknown, name: string, path: string): Context {
  const wrong = (reason: string, hint: string) => new CodedError('CONFIG_ERROR', `${path}: ${reason}`, {hint})
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw wrong(`${name} is no table`, `write [${name}], and the keys below it`)
  }
  for (const [key, value] of Object.entries(table)) {
    const kind = Object.hasOwn(contextKeys, key) ? contextKeys[key as keyof Context] : undefined
    if (kind === undefined) {
      const nearest = nearestName(key, Object.keys(contextKeys))
      const hint = nearest === null ? `there are: ${Object.keys(contextKeys).join(', ')}` : `did you mean ${nearest}?`
      throw wrong(`[${name}] has no key ${key}`, hint)
    }
    if (!isOfKind(value, kind)) throw wrong(`[${name}] ${key} must be ${kindWords[kind]}`, 'vearchctl context edit')
  }
  return table as Context
}

const kindWords: Readonly<Record<ContextKeyKind, string>> = {
  text: 'a text',
  list: 'a list of texts',
  switch: 'true or false',
}

function isOfKind(value: unknown, kind: ContextKeyKind): boolean {
  if (kind === 'switch') return typeof value === 'boolean'
  if (kind === 'text') return typeof value === 'string'
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
