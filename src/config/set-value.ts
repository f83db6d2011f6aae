/**
 * One value of a TOML text, written into the text: comments, order and layout stay as they are, which no writer of a parsed
 * tree can do.
 */
import {CodedError} from '../errors/coded-error.js'
import {loadConfig} from './load.js'
import {type Finding, requireConfig} from './loaded.js'
import {nearestName} from './nearest.js'
import {schema} from './schema.js'
import {tomlPlaces} from './toml-lines.js'

export interface SetValue {
  readonly text: string
  /** As they stood in the text; null: the key was not there. */
  readonly before: string | null
  readonly after: string
}

/**
 * `value` as TOML where it is some that the key takes, else as a string. Errors: USAGE for a key that there is none of;
 * CONFIG_ERROR where the value is a fault that was not there before, or the text is no TOML.
 */
export function setValue(text: string, key: string, value: string, path: string): SetValue {
  requireKey(key)
  const known = faultsOf(text, path)
  if (known.some((fault) => fault.key === '')) requireConfig(loadConfig(text, path))
  let refusal: Finding | undefined
  for (const literal of [value, JSON.stringify(value)]) {
    const changed = withLiteral(text, key, literal)
    const fresh = faultsOf(changed.text, path).filter((fault) => !known.some((old) => isSame(old, fault)))
    if (fresh.length === 0 && isOneValue(changed.text, key, literal)) return changed
    refusal = fresh.find((fault) => fault.key !== '') ?? refusal ?? fresh[0]
  }
  throw new CodedError('CONFIG_ERROR', `${key} = ${value}: ${refusal?.text ?? 'not a value'}`, {
    ...(refusal === undefined ? {} : {hint: refusal.hint}),
  })
}

function withLiteral(text: string, key: string, literal: string): SetValue {
  const places = tomlPlaces(text)
  const path = key.toLowerCase()
  const span = places.values.get(path)
  if (span !== undefined) {
    const before = text.slice(span.start, span.end)
    return {text: text.slice(0, span.start) + literal + text.slice(span.end), before, after: literal}
  }
  const [section, name] = partsOf(path)
  const header = places.headers.get(section)
  const line = `${name} = ${literal}\n`
  if (header !== undefined) {
    const end = text.indexOf('\n', header.end)
    const at = end < 0 ? text.length : end + 1
    const before = text.slice(0, at)
    return {text: `${before}${before.endsWith('\n') ? '' : '\n'}${line}${text.slice(at)}`, before: null, after: literal}
  }
  if (section.includes('[')) {
    throw new CodedError('USAGE', `the file has no ${section}`, {hint: 'write the [[masters]] entry first'})
  }
  const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return {text: `${text}${gap}[${section}]\n${line}`, before: null, after: literal}
}

/** A literal with a line end or a comment in it would be more than the value. */
function isOneValue(text: string, key: string, literal: string): boolean {
  const span = tomlPlaces(text).values.get(key.toLowerCase())
  return span !== undefined && text.slice(span.start, span.end) === literal
}

function partsOf(path: string): [section: string, name: string] {
  const at = path.lastIndexOf('.')
  return [path.slice(0, at), path.slice(at + 1)]
}

/** Errors: USAGE. */
function requireKey(key: string): void {
  const known = Object.entries(schema).flatMap(([section, rows]) =>
    Object.keys(rows).map((name) => `${section}.${name}`),
  )
  const plain = key.toLowerCase().replace(/\[\d+\]/, '')
  const isElement = /^masters\[\d+\]\./i.test(key)
  if (known.includes(plain) && plain.startsWith('masters.') === isElement) return
  const nearest = nearestName(plain, known)
  throw new CodedError('USAGE', `there is no key ${key}`, {
    hint: plain.startsWith('masters.')
      ? 'write masters[0].KEY for the first of them'
      : nearest === null
        ? 'vearchctl config show'
        : `did you mean ${nearest}?`,
  })
}

function faultsOf(text: string, path: string): Finding[] {
  return loadConfig(text, path).findings.filter(({severity}) => severity === 'error')
}

function isSame(a: Finding, b: Finding): boolean {
  return a.key === b.key && a.text === b.text
}
