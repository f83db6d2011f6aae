import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'

/** One step of a node's start, as it is shown while it happens. */
export interface NodeStep {
  readonly role: string
  readonly step: string
  readonly ms: number
  readonly detail: string
}

interface Part {
  readonly name: string
  readonly stop: () => Promise<void>
}

/** What was started, in order; `stop` ends it in the reverse order, each part though another fails. */
export class StartStack {
  readonly #parts: Part[] = []
  readonly #stopping = new AbortController()

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly onStep: (step: NodeStep) => void,
  ) {}

  /** Aborted by `stop`, also in the middle of a start. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  /** Starts a part. What fails to start is stopped, too: it may have opened something. */
  async begin(role: string, step: string, part: {start(): Promise<string>; stop(): Promise<void>}): Promise<void> {
    this.signal.throwIfAborted()
    const startedAtMs = this.clock.nowMs()
    this.#parts.push({name: `${role} ${step}`, stop: () => part.stop()})
    const detail = await part.start()
    this.onStep({role, step, ms: Math.round(this.clock.nowMs() - startedAtMs), detail})
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await part.stop()
      } catch (thrown) {
        this.log.error('node.stop.failed', {part: part.name, error: thrown})
      }
    }
  }
}
