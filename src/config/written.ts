/**
 * What a file says, under the schema's names: keys are matched in any case and in old spellings, each with its line.
 * What the schema does not know is set aside and reported.
 */
import type {Finding} from './loaded.js'
import {nearestName} from './nearest.js'
import {deadAnywhere, deadKeys, oldSpellings, type SectionName, schema} from './schema.js'

export type TomlSection = Readonly<Record<string, unknown>>

export interface WrittenValue {
  readonly value: unknown
  readonly line: number | null
}

export interface WrittenSection {
  /** `ps`, or `masters[0]`. */
  readonly path: string
  readonly values: ReadonlyMap<string, WrittenValue>
}

/** A key of [global] that stands in another table. */
export interface Misplaced extends WrittenValue {
  readonly key: string
  readonly name: 'skip_auth' | 'signkey'
}

export class WrittenFile {
  readonly findings: Finding[] = []
  readonly misplaced: Misplaced[] = []
  readonly #sections: Partial<Record<SectionName, unknown>> = {}

  constructor(
    file: TomlSection,
    readonly lines: ReadonlyMap<string, number>,
  ) {
    for (const [as, value] of Object.entries(file)) {
      const name = as.toLowerCase()
      if (!isSectionName(name)) this.#setAside('', as, value, Object.keys(schema))
      else if (Object.hasOwn(this.#sections, name))
        this.fault(as, 'is there twice, in different case', 'keep one of them')
      else this.#sections[name] = value
    }
  }

  /** The table, or null if the file has none. */
  section(name: Exclude<SectionName, 'masters'>): WrittenSection | null {
    const value = this.#sections[name]
    if (value === undefined) return null
    if (isSection(value)) return this.#read(name, name, value)
    this.fault(name, 'must be a table', `write [${name}] on a line of its own`)
    return {path: name, values: new Map()}
  }

  masters(): WrittenSection[] {
    const value = this.#sections.masters
    if (value === undefined) this.fault('masters', 'is missing', 'add a [[masters]] entry for every master')
    if (!Array.isArray(value)) {
      if (value !== undefined) this.fault('masters', 'must be a list of tables', 'write [[masters]], with two brackets')
      return []
    }
    if (value.length === 0) this.fault('masters', 'is empty', 'add a [[masters]] entry for every master')
    return value.flatMap((element: unknown, index) => {
      const path = `masters[${index}]`
      if (isSection(element)) return [this.#read('masters', path, element)]
      this.fault(path, 'must be a table', 'write [[masters]]')
      return []
    })
  }

  fault(key: string, text: string, hint: string): void {
    this.findings.push({severity: 'error', key, line: this.lineOf(key), text, hint})
  }

  /** Of the key, or of the table that it would stand in. */
  lineOf(key: string): number | null {
    const section = key.slice(0, Math.max(0, key.lastIndexOf('.')))
    return this.lines.get(key.toLowerCase()) ?? this.lines.get(section.toLowerCase()) ?? null
  }

  #read(section: SectionName, path: string, content: TomlSection): WrittenSection {
    const values = new Map<string, WrittenValue>()
    const entries = Object.entries(content).map(([as, value]) => {
      const proper = own(oldSpellings[section], as.toLowerCase())
      return {as, value, name: proper ?? as.toLowerCase(), isOld: proper !== undefined}
    })
    // proper spellings first, so that an old one beside them has no effect
    for (const {as, value, name, isOld} of entries.toSorted((a, b) => Number(a.isOld) - Number(b.isOld))) {
      const key = `${path}.${as}`
      if (!Object.hasOwn(schema[section], name)) this.#setAside(path, as, value, Object.keys(schema[section]), section)
      else if (!values.has(name)) values.set(name, {value, line: this.lineOf(key)})
      else if (isOld) this.#report('warning', key, `has no effect beside ${name}`, 'remove the old spelling')
      else this.fault(key, 'is there twice, in different case', 'keep one of them')
    }
    return {path, values}
  }

  /** A key that the schema does not have in this place. */
  #setAside(path: string, as: string, value: unknown, known: readonly string[], section?: SectionName): void {
    const key = path === '' ? as : `${path}.${as}`
    const name = as.toLowerCase()
    if (name === 'skip_auth' || name === 'signkey') {
      this.misplaced.push({key, name, value, line: this.lineOf(key)})
      return
    }
    const dead = own(deadAnywhere, name) ?? own(section && deadKeys[section], name)
    if (dead !== undefined) this.#report('note', key, 'has no effect', dead)
    else this.#report('warning', key, 'is not a known key and has no effect', suggestion(name, known))
  }

  #report(severity: Finding['severity'], key: string, text: string, hint: string): void {
    this.findings.push({severity, key, line: this.lineOf(key), text, hint})
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  if (nearest !== null) return `did you mean ${nearest}?`
  const home = Object.entries(schema).find(([, rows]) => Object.hasOwn(rows, name))
  return home === undefined ? 'remove it' : `${name} belongs in [${home[0]}]`
}

/** A key called `constructor` must not find what every object inherits. */
function own(texts: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined
}

export function isSection(value: unknown): value is TomlSection {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(schema, name)
}
