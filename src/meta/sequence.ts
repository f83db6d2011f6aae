/**
 * A sequence of ids in the metadata, as Vearch keeps it: a key with the last id that was given out, in decimal; the first id is 1.
 *
 * An id is never given out twice. Ids may be skipped: when a transaction's outcome is unknown, the ids that it may have taken are
 * left unused and later ones are taken instead. Callers in one process share one transaction, and the last value is
 * remembered, so an undisturbed allocation is one round trip (infra §1.4).
 */
import {type Failpoints, noFailpoints} from '../env/failpoints.js'
import {assert} from '../errors/assert.js'
import {CodedError} from '../errors/coded-error.js'
import type {CallOptions, KeyValue, MetaStore} from './store.js'

const callersPerTransactionMax = 1_000
/** Each conflict means that another process got its ids. */
const conflictsMax = 1_000
const unknownOutcomesMax = 3

interface Caller {
  readonly count: number
  readonly signal: AbortSignal | undefined
  readonly resolve: (first: number) => void
  readonly reject: (reason: unknown) => void
}

interface Position {
  readonly last: number
  readonly modRevision: number
}

export class Sequence {
  readonly #waiting: Caller[] = []
  #known: Position | null = null
  #busy = false

  constructor(
    readonly store: MetaStore,
    readonly key: string,
    private readonly failpoints: Failpoints = noFailpoints,
  ) {}

  /** Takes `count` consecutive ids and returns the first of them. */
  allocate(count = 1, {signal}: Pick<CallOptions, 'signal'> = {}): Promise<number> {
    assert(Number.isSafeInteger(count) && count > 0, 'at least one id is asked for')
    const cancelled = () => new CodedError('CANCELED', 'the allocation was cancelled', {cause: signal?.reason})
    if (signal?.aborted) return Promise.reject(cancelled())
    let abandon = () => {}
    const first = new Promise<number>((resolve, reject) => {
      abandon = () => reject(cancelled())
      this.#waiting.push({count, signal, resolve, reject})
    })
    signal?.addEventListener('abort', abandon, {once: true})
    if (!this.#busy) void this.#serve()
    return first.finally(() => signal?.removeEventListener('abort', abandon))
  }

  async #serve(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const callers = this.#waiting.splice(0, callersPerTransactionMax).filter(({signal}) => !signal?.aborted)
      if (callers.length === 0) continue
      try {
        let next = await this.#take(callers.reduce((sum, {count}) => sum + count, 0))
        for (const {count, resolve} of callers) {
          resolve(next)
          next += count
        }
      } catch (thrown) {
        for (const {reject} of callers) reject(thrown)
      }
    }
    this.#busy = false
  }

  /** The first of `count` ids. */
  async #take(count: number): Promise<number> {
    let unknownOutcomes = 0
    for (let conflict = 0; conflict < conflictsMax; conflict++) {
      const known = this.#known ?? this.#positionOf(await this.store.get(this.key))
      try {
        if (await this.#advance(known, count)) return known.last + 1
      } catch (thrown) {
        // If it was executed after all, the next compare fails and its ids are skipped.
        const unknown = thrown instanceof CodedError && thrown.outcome === 'unknown'
        if (!unknown || ++unknownOutcomes === unknownOutcomesMax) throw thrown
      }
    }
    throw new CodedError(
      'META_UNREACHABLE',
      `${this.key} is contended: ${conflictsMax} transactions in a row were late`,
    )
  }

  async #advance(known: Position, count: number): Promise<boolean> {
    const last = known.last + count
    await this.failpoints.hit('meta.ids.before')
    const {succeeded, revision, results} = await this.store.transact({
      compare: [{key: this.key, target: 'modRevision', equals: known.modRevision}],
      then: [{type: 'put', key: this.key, value: String(last)}],
      otherwise: [{type: 'get', key: this.key}],
    })
    await this.failpoints.hit('meta.ids.after')
    const [result] = results
    this.#known = succeeded
      ? {last, modRevision: revision}
      : this.#positionOf(result?.type === 'get' ? result.kv : null)
    return succeeded
  }

  #positionOf(kv: KeyValue | null): Position {
    const last = lastIdIn(kv)
    if (last !== null) return {last, modRevision: kv?.modRevision ?? 0}
    const text = JSON.stringify(new TextDecoder().decode(kv?.value))
    throw new CodedError('DATA_CORRUPT', `${this.key} holds ${text}, which is not an id`, {
      hint: 'set it to the highest id in use',
    })
  }
}

/** The last id that a sequence's key says was given out: 0 where there is no key, null where it is no number. */
export function lastIdIn(kv: KeyValue | null): number | null {
  if (kv === null) return 0
  const decimal = new TextDecoder().decode(kv.value)
  const last = Number(decimal)
  return /^\d+$/.test(decimal) && Number.isSafeInteger(last) ? last : null
}
