/**
 * A page of help as text: sections under their headers, lists of names and what they mean, all of it as wide as the terminal.
 */
import {textWidths, type WidthOf} from '../text-width.js'

/** A name, and what it means. */
export interface Entry {
  readonly name: string
  /** Stands for what is said behind it, as in `--target=NODE`. */
  readonly value?: string
  readonly meaning: string
}

export interface Section {
  readonly header?: string
  readonly body: Prose | Lines | Entries
}

/** Broken where lines end. */
interface Prose {
  readonly prose: string
}

/** To be copied, and therefore as they are. */
interface Lines {
  readonly lines: readonly string[]
}

interface Entries {
  readonly entries: readonly Entry[]
}

export interface Look {
  /** Of the terminal. */
  readonly width: number
  readonly colors: boolean
}

const indent = '  '
/** Between a name and what it means. */
const gap = '  '
/** With less room beside the names of a list, what they mean stands below them. */
const besideMin = 24

/**
 * A word with the spaces before it. Alternatives may part, and Chinese anywhere but before what closes and behind what opens.
 */
const word = / *[（“《]*(?:\p{Script=Han}|[^\s|\p{Script=Han}（“《]+\|?|\|)[，。：；、）”》？！]*/gu

export async function pageText(sections: readonly Section[], look: Look): Promise<string> {
  const widthOf = await textWidths(sections.flatMap(({header = '', body}) => [header, ...textsOf(body)]))
  return `${sections.map((section) => sectionText(section, look, widthOf)).join('\n\n')}\n`
}

function textsOf(body: Section['body']): readonly string[] {
  if ('prose' in body) return [body.prose.replaceAll('\n', ' ')]
  return 'lines' in body ? body.lines : body.entries.flatMap(({name, meaning}) => [name, meaning.replaceAll('\n', ' ')])
}

function sectionText({header, body}: Section, look: Look, widthOf: WidthOf): string {
  if (header === undefined) return bodyLines(body, look, widthOf).join('\n')
  const inner = {...look, width: look.width - indent.length}
  const lines = bodyLines(body, inner, widthOf).map((line) => (line === '' ? '' : indent + line))
  return [look.colors ? `\u001B[1m${header}\u001B[22m` : header, ...lines].join('\n')
}

function bodyLines(body: Section['body'], look: Look, widthOf: WidthOf): readonly string[] {
  if ('lines' in body) return body.lines
  return 'prose' in body ? wrapped(body.prose, look.width, widthOf) : entryLines(body.entries, look, widthOf)
}

function entryLines(entries: readonly Entry[], look: Look, widthOf: WidthOf): string[] {
  const nameWidths = entries.map((entry) => widthOf(label(entry, {...look, colors: false})))
  const nameWidth = Math.max(...nameWidths)
  const room = look.width - nameWidth - gap.length
  if (room < besideMin) return stackedLines(entries, look, widthOf)
  return entries.flatMap((entry, at) => {
    const [first = '', ...more] = wrapped(entry.meaning, room, widthOf)
    const padding = ' '.repeat(nameWidth - (nameWidths[at] ?? 0)) + gap
    return [label(entry, look) + padding + first, ...more.map((line) => ' '.repeat(nameWidth) + gap + line)]
  })
}

/** Each below its name, an empty line between two. */
function stackedLines(entries: readonly Entry[], look: Look, widthOf: WidthOf): string[] {
  return entries.flatMap((entry, at) => {
    const lines = wrapped(entry.meaning, look.width - indent.length, widthOf).map((line) => indent + line)
    return [...(at === 0 ? [] : ['']), label(entry, look).trimStart(), ...lines]
  })
}

function label({name, value}: Entry, {colors}: Look): string {
  if (value === undefined) return name
  return `${name}=${colors ? `\u001B[4m${value}\u001B[24m` : value}`
}

/** In lines of `width` columns at most. */
function wrapped(text: string, width: number, widthOf: WidthOf): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    // a word that no line can hold goes on in the next
    const words = (paragraph.match(word) ?? []).flatMap((each) => (widthOf(each.trim()) > width ? [...each] : [each]))
    for (const each of words) {
      const line = lines.pop()
      if (line === undefined) lines.push(each.trimStart())
      else if (widthOf(line + each) <= width) lines.push(line + each)
      else lines.push(line, each.trimStart())
    }
    return lines.length === 0 ? [''] : lines
  })
}
