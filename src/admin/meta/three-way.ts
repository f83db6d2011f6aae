/**
 * Two changes of one text that know nothing of each other, as one text: fields that only one of them touched are as that one has
 * them; of a field that both touched it has both, between the marks that git uses, for a person to choose.
 */
import {stringify} from 'lossless-json'
import {isObject, ownField, parseJson, stringifyJson} from '../../entity/json.js'

export interface ThreeTexts {
  readonly base: string
  readonly mine: string
  readonly theirs: string
}

interface Clash {
  readonly mine: unknown
  readonly theirs: unknown
}

const indent = 2

export function mergedText(texts: ThreeTexts): string {
  const [base, mine, theirs] = [texts.base, texts.mine, texts.theirs].map(objectIn)
  if (base == null || mine == null || theirs == null) return marked([texts.mine], [texts.theirs])
  const clashes: Clash[] = []
  const merged = merge(base, mine, theirs, clashes)
  const lines = (stringify(merged, null, indent) ?? '').split('\n')
  return `${lines.map((line) => withClash(line, clashes)).join('\n')}\n`
}

/** Whether somebody has still to choose. */
export function hasMarks(text: string): boolean {
  return /^(<{7} |={7}$|>{7} )/m.test(text)
}

function merge(base: unknown, mine: unknown, theirs: unknown, clashes: Clash[]): unknown {
  if (isSame(mine, theirs) || isSame(theirs, base)) return mine
  if (isSame(mine, base)) return theirs
  if (isObject(mine) && isObject(theirs) && isObject(base)) {
    const names = new Set([base, mine, theirs].flatMap(Object.keys))
    const fields = [...names].map((name) => {
      return [name, merge(ownField(base, name), ownField(mine, name), ownField(theirs, name), clashes)] as const
    })
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
  }
  clashes.push({mine, theirs})
  return stand(clashes.length - 1)
}

/** Stands for a clash until the text is laid out; no record of ours holds such a text. */
function stand(at: number): string {
  return `\u{fffc}clash ${at}\u{fffc}`
}

function withClash(line: string, clashes: readonly Clash[]): string {
  const [, before = '', at, comma = ''] = /^(.*)"\u{fffc}clash (\d+)\u{fffc}"(,?)$/u.exec(line) ?? []
  const clash = clashes[Number(at)]
  if (at === undefined || clash === undefined) return line
  const margin = /^ */.exec(before)?.[0] ?? ''
  const side = (value: unknown) =>
    value === undefined
      ? []
      : [`${before}${(stringify(value, null, indent) ?? '').replaceAll('\n', `\n${margin}`)}${comma}`]
  return marked(side(clash.mine), side(clash.theirs))
}

function marked(mine: readonly string[], theirs: readonly string[]): string {
  const side = (lines: readonly string[]) => lines.map((line) => line.replace(/\n$/, ''))
  return ['<<<<<<< yours', ...side(mine), '=======', ...side(theirs), '>>>>>>> in the store'].join('\n')
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other
  return stringifyJson(one) === stringifyJson(other)
}
