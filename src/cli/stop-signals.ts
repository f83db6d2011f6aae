import {exitCode} from '../errors/codes.js'
import {say} from './output.js'

const names = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const

/**
 * The signals that end a node. The first is for the node to stop in order; the second ends the process at once, and so
 * does the first while the node is still starting. Ending at once is safe: what a node has acknowledged is on disk.
 */
export class StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>
  #seen = true
  #tell: (name: string) => void = () => {}

  constructor() {
    this.first = new Promise((resolve) => {
      this.#tell = resolve
    })
    for (const name of names) process.on(name, this.#take)
  }

  whenStarted(): void {
    this.#seen = false
  }

  release(): void {
    for (const name of names) process.removeListener(name, this.#take)
  }

  readonly #take = (name: string) => {
    if (this.#seen) {
      say(`${name}: ended at once`)
      process.exit(exitCode.interrupted)
    }
    this.#seen = true
    this.#tell(name)
  }
}
