/**
 * What happened: a hash of every event, by which two runs are known to be the same, and the last changes of state, for people.
 */

/** Changes of state that are kept for a report. */
const linesMax = 200

export class Trace {
  #hash = 0x811c9dc5
  readonly #kinds = new Map<string, number>()
  readonly #lines: string[] = []

  event(atUs: number, owner: number, kind: string): void {
    this.mix(atUs)
    this.mix(owner)
    this.mix(this.#code(kind))
  }

  /** Anything else that two equal runs must agree on. */
  mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193) ^ (this.#hash >>> 15)
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  transition(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > 2 * linesMax) this.#lines.splice(0, linesMax)
  }

  /** The last changes of state, oldest first. */
  lines(): readonly string[] {
    return this.#lines.slice(-linesMax)
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
