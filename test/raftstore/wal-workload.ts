/**
 * A canonical workload on a write-ahead log, and what may be found of it after a crash.
 *
 * Records reach the disk in the order in which they were asked for. So whatever happens, the log must be what it was
 * after some number of them: at least all that were acknowledged, at most all that were not refused.
 */
import {partitionId} from '../../src/entity/ids.js'
import {nextTurn, systemClock} from '../../src/env/clock.js'
import {CodedError} from '../../src/errors/coded-error.js'
import type {LogEntry} from '../../src/raftstore/log.js'
import type {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import type {SeededRandom} from '../harness/random.js'
import {LogModel, type Step} from './log-model.js'

interface Asked {
  readonly steps: readonly Step[]
  fate: 'open' | 'acknowledged' | 'refused'
}

export class WalWorkload {
  readonly #random: SeededRandom
  readonly #groups: number
  readonly #asked: Asked[] = []
  /** What the log will be if all goes well. */
  #model = new LogModel()
  #term = 1
  /** Groups that are being cut or dropped: nobody builds on that before it is known to have happened. */
  readonly #cutNow = new Set<number>()

  constructor(random: SeededRandom, groups: number) {
    this.#random = random
    this.#groups = groups
  }

  /** Asks for `operations` changes, a few at a time, or fewer if told to stop. */
  async run(log: WriteAheadLog, operations: number, stop: () => boolean = () => false): Promise<void> {
    for (let done = 0; done < operations && !stop(); ) {
      const together = 1 + this.#random.below(4)
      this.#cutNow.clear()
      await Promise.all(Array.from({length: together}, () => this.#one(log)))
      done += together
      if (this.#random.below(3) === 0) await idle()
    }
  }

  /** Every picture of the log that may be found now, with the steps that lead to it. */
  possible(): Map<string, readonly Step[]> {
    const kept = this.#asked.filter(({fate}) => fate !== 'refused')
    const acknowledged = kept.slice(0, kept.findLastIndex(({fate}) => fate === 'acknowledged') + 1)
    const steps = acknowledged.flatMap((asked) => asked.steps)
    const model = new LogModel()
    for (const step of steps) model.apply(step)
    const pictures = new Map([[model.picture(), [...steps]]])
    for (const step of kept.slice(acknowledged.length).flatMap((asked) => asked.steps)) {
      model.apply(step)
      steps.push(step)
      pictures.set(model.picture(), [...steps])
    }
    return pictures
  }

  /** Takes what was found after a crash for what happened. */
  settle(steps: readonly Step[]): void {
    this.#asked.splice(0, this.#asked.length, {steps, fate: 'acknowledged'})
    this.#replay()
  }

  async #one(log: WriteAheadLog): Promise<void> {
    const group = 1 + this.#random.below(this.#groups)
    if (this.#cutNow.has(group)) return
    const handle = log.group(partitionId(group))
    const first = this.#model.firstIndex(group)
    const last = this.#model.lastIndex(group)
    const dice = this.#random.below(20)
    if (dice < 11) {
      const steps = this.#append(group, last + 1)
      return this.#ask(steps, () => handle.append(entriesOf(steps)))
    }
    if (dice >= 16 || (dice < 13 && last >= first)) this.#cutNow.add(group)
    if (dice < 13 && last >= first) {
      const from = first + this.#random.below(last - first + 1)
      const steps: Step[] = [{kind: 'cut suffix', group, from}, ...this.#append(group, from)]
      return this.#ask(steps, () => handle.append(entriesOf(steps)))
    }
    if (dice < 16) {
      const state = {term: ++this.#term, vote: this.#random.below(4), commit: last}
      return this.#ask([{kind: 'hard state', group, state}], () => handle.saveHardState(state))
    }
    if (dice < 19) {
      // only what is applied is let go, and that is on disk
      if (handle.lastIndex < last) return
      const to = this.#random.below(10) === 0 ? last + 3 : first + this.#random.below(Math.max(1, last - first + 1))
      const term = to > last ? this.#term : 0
      return this.#ask([{kind: 'cut prefix', group, to, term}], () => handle.truncatePrefix(to, term))
    }
    return this.#ask([{kind: 'drop', group}], () => log.dropGroup(partitionId(group)))
  }

  async #ask(steps: readonly Step[], change: () => Promise<void>): Promise<void> {
    for (const step of steps) this.#model.apply(step)
    const asked: Asked = {steps, fate: 'open'}
    this.#asked.push(asked)
    try {
      await change()
      asked.fate = 'acknowledged'
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown
      if (thrown.outcome === 'unknown') return
      asked.fate = 'refused'
      this.#replay()
    }
  }

  #replay(): void {
    this.#model = new LogModel()
    for (const {fate, steps} of this.#asked) {
      if (fate !== 'refused') for (const step of steps) this.#model.apply(step)
    }
  }

  #append(group: number, from: number): Step[] {
    return Array.from({length: 1 + this.#random.below(4)}, (_, at) => {
      const payload = Buffer.alloc(
        this.#random.below(400),
        `${group}/${from + at}/${this.#term}/${this.#asked.length} `,
      )
      return {kind: 'entry', group, entry: {index: from + at, term: this.#term, payload}}
    })
  }
}

/** Long enough for the log to find that nothing comes. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn(systemClock)
}

function entriesOf(steps: readonly Step[]): LogEntry[] {
  return steps.flatMap((step) => (step.kind === 'entry' ? [step.entry] : []))
}
