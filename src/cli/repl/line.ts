/**
 * What a line means in the REPL and in scripts. Pure.
 *
 *     line     = ["$" name "="] source {"|" stage} | "for" name "in" expression ":" line | "set" ("-e" | "+e" | "-k")
 *     source   = command | "$" name …            a value that is there already, as an expression
 *     stage    = see `stages.ts`; `> file` needs no bar before it
 *     command  = words as a shell has them: '…' is taken as it is, "…" and what is bare may hold $name, \ spares one character
 *
 * Expressions are those of `expression.ts`, so a bar or a bracket within quotes, and `||`, end nothing.
 */
import {CodedError} from '../../errors/coded-error.js'

export type Line =
  | {readonly type: 'nothing'}
  /** A quote is open or the line ends in a bar or a backslash: more is to come. */
  | {readonly type: 'incomplete'}
  | {readonly type: 'set'; readonly stopsAtErrors: boolean}
  | {readonly type: 'loop'; readonly name: string; readonly items: string; readonly body: string}
  | {
      readonly type: 'pipeline'
      /** Without its `$`; null where the result is shown. */
      readonly name: string | null
      readonly source: string
      readonly isValue: boolean
      readonly stages: readonly string[]
    }

export function parseLine(text: string): Line {
  const line = text.replaceAll('\\\n', ' ').trim()
  if (line === '' || line.startsWith('#')) return {type: 'nothing'}
  const [, option] = /^set\s+(-e|\+e|-k)$/.exec(line) ?? []
  if (option !== undefined) return {type: 'set', stopsAtErrors: option === '-e'}
  const {bare, isOpen} = quotingOf(line)
  if (isOpen) return {type: 'incomplete'}
  if (/^for\s/.test(line)) return parseLoop(line, bare)
  const parts = segments(line, bare).map((part) => part.trim())
  if (parts.length > 1 && parts.at(-1) === '') return {type: 'incomplete'}
  if (parts.includes('')) throw new CodedError('USAGE', 'there is nothing before a bar')
  const [first = '', ...stages] = parts
  const [, name = null, source = first] = /^\$(\w+)\s*=(?![=~])\s*(.*)$/s.exec(first) ?? []
  if (source === '') throw new CodedError('USAGE', `nothing is given to $${name}`)
  return {type: 'pipeline', name, source, isValue: source.startsWith('$'), stages}
}

/** Whether the next line belongs to it. What is wrong is complete. */
export function isIncomplete(text: string): boolean {
  try {
    return parseLine(text).type === 'incomplete'
  } catch {
    return false
  }
}

/** The part of an unfinished line that is being typed, and whether a command can stand there or only a stage. */
export function lastPart(text: string): {readonly part: string; readonly isStage: boolean} {
  const [, body = text] = /^\s*for\s.+?\s:\s(.*)$/s.exec(text) ?? []
  const parts = segments(body, quotingOf(body).bare)
  const part = parts.at(-1) ?? ''
  const isStage = parts.length > 1
  return {part: (isStage ? part : part.replace(/^\s*\$\w+\s*=(?![=~])/, '')).trimStart(), isStage}
}

function parseLoop(line: string, bare: ReadonlySet<number>): Line {
  const [head = '', name = '', items = line] = /^for\s+\$?(\w+)\s+in\s+(.*)$/s.exec(line) ?? []
  const from = line.length - items.length
  const colon = [...bare].find((at) => at > from && /^\s:\s+\S/.test(line.slice(at - 1)))
  if (head === '' || colon === undefined) {
    throw new CodedError('USAGE', 'this is no loop', {hint: 'for p in $_ : partitions show $p'})
  }
  return {type: 'loop', name, items: line.slice(from, colon).trim(), body: line.slice(colon + 1).trim()}
}

function segments(line: string, bare: ReadonlySet<number>): string[] {
  const found: string[] = []
  let part = ''
  for (let at = 0; at < line.length; at++) {
    const isBar = bare.has(at) && line[at] === '|' && line[at - 1] !== '|' && line[at + 1] !== '|'
    // there it is a comparison
    const isFile = bare.has(at) && /^\s>\s/.test(line.slice(at - 1, at + 2)) && !/^\s*where\s/.test(part)
    if (isBar || (isFile && part.trim() !== '')) {
      found.push(part)
      part = ''
    }
    if (!isBar) part += line[at]
  }
  return [...found, part]
}

/** Where the text is neither quoted nor spared, and whether more must come before it ends. */
function quotingOf(text: string): {bare: ReadonlySet<number>; isOpen: boolean} {
  const bare = new Set<number>()
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\' && quote !== "'") {
      at++
      if (at === text.length) return {bare, isOpen: true}
    } else if (character === quote) quote = ''
    else if (quote === '') {
      bare.add(at)
      if (character === '"' || character === "'") quote = character
    }
  }
  return {bare, isOpen: quote !== ''}
}

/** What `$name.field` stands for: one text for each value. */
export type Expand = (reference: string) => readonly string[]

const reference = /\$\w+(?:\.\w[\w-]*|\[\d+\])*/y

/** Errors: USAGE where several values stand within one word. */
export function splitWords(text: string, expand: Expand): string[] {
  const words: string[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at++
      continue
    }
    const alone = referenceAt(text, at)
    if (alone !== null && /^(?:\s|$)/.test(text.slice(at + alone.length))) {
      words.push(...expand(alone))
      at += alone.length
      continue
    }
    const {word, end} = wordAt(text, at, expand)
    words.push(word)
    at = end
  }
  return words
}

function wordAt(text: string, from: number, expand: Expand): {word: string; end: number} {
  let word = ''
  let quote = ''
  let at = from
  for (; at < text.length; at++) {
    const character = text[at] ?? ''
    if (quote === '' && /\s/.test(character)) break
    const named = quote === "'" ? null : referenceAt(text, at)
    if (named !== null) {
      word += onlyValue(named, expand)
      at += named.length - 1
    } else if (character === '\\' && quote !== "'") word += text[++at] ?? ''
    else if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else word += character
  }
  return {word, end: at}
}

function referenceAt(text: string, at: number): string | null {
  reference.lastIndex = at
  return reference.exec(text)?.[0] ?? null
}

function onlyValue(named: string, expand: Expand): string {
  const [value, ...more] = expand(named)
  if (value !== undefined && more.length === 0) return value
  throw new CodedError('USAGE', `${named} has ${value === undefined ? 'no' : 'several'} values, and stands in a word`, {
    hint: `for v in ${named} : …`,
  })
}
