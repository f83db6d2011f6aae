/**
 * Histories that are legal because a correct register made them: concurrent clients, calls that take effect at one moment
 * between begin and end, unknown ones that take effect late or never, rejected ones that do not. Time is coarse, so that
 * calls touch; writes that are neighbours in the log may share a proposal, and so an index.
 */
import {spaceId} from '../../src/entity/ids.js'
import type {SeededRandom} from '../harness/random.js'
import {
  byKey,
  type DocumentKey,
  type History,
  isBefore,
  type Operation,
  type OperationKind,
  type Outcome,
  type Position,
} from './history.js'
import type {FinalRead} from './ledger.js'

export interface SimulatedRun {
  readonly operations: number
  readonly clients: number
  readonly keys: number
  /** Shares of all calls, from 0 to 1. */
  readonly rejected: number
  readonly unknown: number
  readonly deletes: number
}

export interface SimulatedHistory {
  readonly history: History
  readonly finalReads: readonly FinalRead[]
}

/** A call with the moment at which the register will see it, or null for one that it never sees. */
interface Planned {
  readonly call: Omit<Operation, 'value' | 'position'>
  readonly writes: string | null
  readonly effectAt: number | null
}

const callMax = 12
const gapMax = 6
const lateMax = 80

export function simulateHistory(random: SeededRandom, run: SimulatedRun): SimulatedHistory {
  const plan = planCalls(random, run)
  const register = new Register(random)
  const effects = plan
    .flatMap((planned) => (planned.effectAt === null ? [] : [{planned, at: planned.effectAt}]))
    .sort((a, b) => a.at - b.at)
  const answers = new Map(effects.map(({planned}) => [planned, register.apply(planned)]))
  const history = plan.map((planned): Operation => {
    const answer = planned.call.outcome === 'ok' ? answers.get(planned) : undefined
    const value = planned.call.kind === 'get' ? (answer?.value ?? null) : planned.writes
    return {...planned.call, value, position: answer?.position ?? null}
  })
  const finalReads = [...byKey(history).values()].map(({key}) => ({key, value: register.value(key)}))
  return {history, finalReads}
}

function planCalls(random: SeededRandom, run: SimulatedRun): Planned[] {
  const freeAt = Array.from({length: run.clients}, () => random.below(gapMax))
  const planned: Planned[] = []
  for (let number = 1; number <= run.operations; number++) {
    const client = freeAt.indexOf(Math.min(...freeAt))
    const invokedAt = freeAt[client] ?? 0
    const returnedAt = invokedAt + random.below(callMax)
    const kind = kindOf(random, run)
    const outcome = outcomeOf(random, run)
    // Of the unknown ones some clients never hear; a client that waits for ever makes no more calls.
    const isSilent = outcome === 'unknown' && run.clients > 1 && random.below(run.clients * 10) === 0
    freeAt[client] = isSilent ? Number.POSITIVE_INFINITY : returnedAt + 1 + random.below(gapMax)
    planned.push({
      call: {
        client: String(client),
        key: {spaceId: spaceId(1), id: `k${random.below(run.keys)}`},
        ...{kind, invokedAt, returnedAt: isSilent ? null : returnedAt, outcome},
      },
      writes: kind === 'upsert' ? `v${number}` : null,
      effectAt: effectOf(random, outcome, invokedAt, returnedAt),
    })
    if (freeAt.every((moment) => moment === Number.POSITIVE_INFINITY)) break
  }
  return planned
}

function kindOf(random: SeededRandom, {deletes}: SimulatedRun): OperationKind {
  const drawn = random.next()
  if (drawn < deletes) return 'delete'
  return drawn < deletes + (1 - deletes) / 2 ? 'upsert' : 'get'
}

function outcomeOf(random: SeededRandom, {rejected, unknown}: SimulatedRun): Outcome {
  const drawn = random.next()
  if (drawn < rejected) return 'rejected'
  return drawn < rejected + unknown ? 'unknown' : 'ok'
}

function effectOf(random: SeededRandom, outcome: Outcome, invokedAt: number, returnedAt: number): number | null {
  if (outcome === 'rejected') return null
  if (outcome === 'ok') return invokedAt + random.below(returnedAt - invokedAt + 1)
  return random.below(2) === 0 ? null : invokedAt + random.below(lateMax)
}

class Register {
  readonly #values = new Map<string, string>()
  #position: Position = {term: 1, index: 1}
  /** Writes applied at the last index, as long as nothing else was seen since. */
  #proposal: Planned[] = []

  constructor(private readonly random: SeededRandom) {}

  value({id}: DocumentKey): string | null {
    return this.#values.get(id) ?? null
  }

  apply(planned: Planned): {readonly value: string | null; readonly position: Position | null} {
    const {key, kind} = planned.call
    if (kind === 'get') {
      this.#proposal = []
      return {value: this.value(key), position: this.random.below(2) === 0 ? null : this.#position}
    }
    if (planned.writes === null) this.#values.delete(key.id)
    else this.#values.set(key.id, planned.writes)
    this.#advance(planned)
    return {value: null, position: this.#position}
  }

  #advance(planned: Planned): void {
    const isNeighbour = this.#proposal.length > 0 && this.#proposal.every((other) => areConcurrent(other, planned))
    if (isNeighbour && this.random.below(3) === 0) {
      this.#proposal.push(planned)
      return
    }
    const {term, index} = this.#position
    this.#position = {term: term + (this.random.below(20) === 0 ? 1 : 0), index: index + 1 + this.random.below(2)}
    this.#proposal = [planned]
  }
}

function areConcurrent(one: Planned, other: Planned): boolean {
  const [first, second] = [one, other].map(({call}): Operation => ({...call, value: null, position: null}))
  return first !== undefined && second !== undefined && !isBefore(first, second) && !isBefore(second, first)
}
