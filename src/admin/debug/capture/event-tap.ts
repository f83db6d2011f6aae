/** What happens in a cluster, kept until it is taken. A stream that breaks begins again where it was. */
import {toCodedError} from '../../../errors/coded-error.js'
import type {ClusterEvent} from '../../events/cluster-event.js'
import {clusterEvents} from '../../events/events.js'
import type {Catalogue} from '../../messages/message.js'
import type {Session} from '../../session/session.js'

/** Of more between two looks, the rest is counted and left out. */
const keptMax = 10_000
const retryMs = 1_000

export class EventTap {
  #kept: ClusterEvent[] = []
  #leftOut = 0
  #told = 0
  #brokenBy: string | null = null

  constructor(
    private readonly session: Session,
    private readonly catalogue: Catalogue,
  ) {}

  /** What is after that revision; ends when the signal is aborted. */
  async follow(revision: number, signal: AbortSignal): Promise<void> {
    this.#told = revision
    await this.session.whileAsking(async () => {
      while (!signal.aborted) {
        await this.#followOnce(signal)
        await this.session.env.clock.sleep(retryMs, signal).catch(() => {})
      }
    })
    this.session.end()
  }

  take(): readonly ClusterEvent[] {
    const taken = this.#kept
    if (this.#leftOut > 0) taken.push(this.#history(`${this.#leftOut} more were left out`))
    this.#kept = []
    this.#leftOut = 0
    return taken
  }

  async #followOnce(signal: AbortSignal): Promise<void> {
    const options = {kinds: [], since: this.#told + 1, catalogue: this.catalogue, signal}
    try {
      for await (const event of clusterEvents(this.session, options)) {
        this.#brokenBy = null
        this.#told = event.revision ?? this.#told
        this.#keep(event)
      }
    } catch (thrown) {
      if (signal.aborted) return
      const reason = toCodedError(thrown).detail
      // it says so once, however often it is tried again
      if (reason !== this.#brokenBy) this.#keep(this.#history(`interrupted: ${reason}`))
      this.#brokenBy = reason
    }
  }

  #keep(event: ClusterEvent): void {
    if (this.#kept.length < keptMax) this.#kept.push(event)
    else this.#leftOut += 1
  }

  #history(change: string): ClusterEvent {
    const at = new Date(this.session.env.clock.wallMs()).toISOString()
    return {at, revision: null, kind: 'history', subject: 'events', change}
  }
}
