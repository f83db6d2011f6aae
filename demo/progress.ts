/** One line that fills up, on a terminal; elsewhere a line at the start and one at the end. */
export class Progress {
  readonly #startedAt = performance.now()
  #done = 0

  constructor(
    readonly label: string,
    readonly total: number,
  ) {
    if (!process.stderr.isTTY) process.stderr.write(`${label} …\n`)
  }

  to(done: number): void {
    this.#done = done
    if (!process.stderr.isTTY) return
    const filled = Math.round((30 * done) / this.total)
    const bar = '█'.repeat(filled) + '░'.repeat(30 - filled)
    process.stderr.write(`\r${this.label.padEnd(24)} ${bar} ${done}/${this.total}`)
  }

  /** Ends the line; returns what was done per second. */
  end(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000
    const perSecond = this.#done / seconds
    const summary = `${this.#done} in ${seconds.toFixed(1)} s, ${Math.round(perSecond)} per second`
    process.stderr.write(process.stderr.isTTY ? `  ${summary}\n` : `${this.label}: ${summary}\n`)
    return perSecond
  }
}
