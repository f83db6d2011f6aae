/**
 * What happened: a hash of every event, by which two runs are known to be the same, and the last changes of state, for people.
 */
import type {LogFields} from '../../src/env/log.js'

interface Line {
  readonly atMs: number
  readonly place: string
  readonly event: string
  readonly fields: LogFields
}

/** Changes of state that are kept for a report. */
const linesMax = 200

export class Trace {
  #hash = 0x811c9dc5
  readonly #kinds = new Map<string, number>()
  readonly #lines: Line[] = []
  readonly #marks: Record<string, number> = {}

  event(atUs: number, owner: number, kind: string): void {
    this.mix(atUs)
    this.mix(owner)
    this.mix(this.#code(kind))
  }

  /** Anything else that two equal runs must agree on. */
  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193) ^ (this.#hash >>> 15)
  }

  text(text: string): void {
    for (let at = 0; at < text.length; at++) this.mix(text.charCodeAt(at))
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  /** A line of a process's log, or of the run's own. */
  log(atMs: number, place: string, event: string, fields: LogFields = {}): void {
    this.#marks[event] = (this.#marks[event] ?? 0) + 1
    this.#lines.push({atMs, place, event, fields})
    if (this.#lines.length > 2 * linesMax) this.#lines.splice(0, linesMax)
  }

  /** How often each kind of line was written: what a run has been through. */
  get marks(): Readonly<Record<string, number>> {
    return this.#marks
  }

  /** The last changes of state, oldest first, as a table. */
  lines(): readonly string[] {
    return this.#lines.slice(-linesMax).map(({atMs, place, event, fields}) => {
      const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
      const facts = given.map(([name, value]) => `${name}=${text(value)}`)
      return `${atMs.toFixed(3).padStart(11)}  ${place.padEnd(9)} ${event.padEnd(28)} ${facts.join(' ')}`
    })
  }

  #code(kind: string): number {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    let code = 0
    for (let at = 0; at < kind.length; at++) code = Math.imul(code ^ kind.charCodeAt(at), 0x01000193)
    this.#kinds.set(kind, code)
    return code
  }
}

function text(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
