/**
 * `-o jsonpath=…` over a command's rows: `[*].id`, `$[0].value.replicas[-1]`, `[?(state != "ok")].id`, `..leader`.
 * The braces of kubectl's spelling may stand around it.
 */
import {CodedError} from '../errors/coded-error.js'
import {evaluate, isTrue, parseExpression} from './expression.js'

type Selector = (value: unknown) => readonly unknown[]

const stepPattern =
  /\.\.(?<deep>[\p{L}_][\p{L}\p{N}_-]*)|\.?\[\s*(?:(?<index>-?\d+)|(?<every>\*)|"(?<double>[^"]*)"|'(?<single>[^']*)')\s*\]|\.(?:(?<all>\*)|(?<name>[\p{L}_][\p{L}\p{N}_-]*))/uy

/** Everything that the path leads to, in order. Errors: USAGE. */
export function selectPath(value: unknown, path: string): readonly unknown[] {
  return selectors(path).reduce<readonly unknown[]>((found, select) => found.flatMap(select), [value])
}

function selectors(path: string): Selector[] {
  const [, braced = path] = /^\{(.*)\}$/s.exec(path) ?? []
  const text = braced.replace(/^\$/, '').replace(/^(?=[^.[])/, '.')
  const found: Selector[] = []
  let at = 0
  while (at < text.length) {
    const filter = filterAt(text, at)
    stepPattern.lastIndex = at
    const groups = filter === null ? stepPattern.exec(text)?.groups : undefined
    if (filter === null && groups === undefined) {
      throw new CodedError('USAGE', `jsonpath ${path}: ${text.slice(at)} has no meaning here`, {
        hint: 'write it like this: [*].id, or [?(state != "ok")].id',
      })
    }
    found.push(filter === null ? selectorOf(groups ?? {}) : whereTrue(filter.expression))
    at = filter === null ? stepPattern.lastIndex : filter.end
  }
  return found
}

/** `[?(…)]` or `[?…]`, up to the bracket that closes it. */
function filterAt(text: string, at: number): {expression: string; end: number} | null {
  const [opening] = /^\.?\[\?/.exec(text.slice(at)) ?? []
  if (opening === undefined) return null
  let depth = 1
  let quote = ''
  for (let end = at + opening.length; end < text.length; end++) {
    const character = text[end] ?? ''
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '[') depth++
    else if (character === ']' && --depth === 0) {
      return {expression: text.slice(at + opening.length, end).replace(/@\./g, ''), end: end + 1}
    }
  }
  return null
}

function selectorOf(groups: Readonly<Record<string, string | undefined>>): Selector {
  const {deep, index, double, single, name} = groups
  if (deep !== undefined) return (value) => descendants(value).flatMap((each) => fieldOf(each, deep))
  if (index !== undefined) return (value) => (Array.isArray(value) ? value.slice(Number(index)).slice(0, 1) : [])
  const field = name ?? double ?? single
  return field === undefined ? childrenOf : (value) => fieldOf(value, field)
}

function whereTrue(text: string): Selector {
  const expression = parseExpression(text)
  return (value) => childrenOf(value).filter((item) => isTrue(evaluate(expression, (name) => fieldOf(item, name)[0])))
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function fieldOf(value: unknown, name: string): readonly unknown[] {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? [Reflect.get(value, name)] : []
}

function descendants(value: unknown): readonly unknown[] {
  return [value, ...childrenOf(value).flatMap(descendants)]
}
