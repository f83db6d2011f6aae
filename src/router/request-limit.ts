/**
 * How many document requests this router takes: a token bucket each for reads and for writes.
 *
 * The limits of the cluster (`/config/request_limit`) are shared evenly by the routers that are alive. They hold whatever
 * the query string says (Vearch's are off as soon as there is one, W-3).
 */
import {defaultRequestLimit} from '../entity/cluster-config.js'
import {isObject} from '../entity/json.js'
import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'
import {overLimit} from './refusal.js'

export type RequestKind = 'read' | 'write'

/** What may come at once, as a share of what may come in a second. */
const burstShare = 1.1

interface Bucket {
  tokens: number
  filledAtMs: number
}

export class RequestLimiter {
  readonly #buckets = new Map<RequestKind, Bucket>()

  constructor(
    private readonly view: LiveView,
    private readonly clock: Clock,
  ) {}

  /** Throws a Refusal if the request is one too many. */
  admit(kind: RequestKind): void {
    const perSecond = this.#perSecond(kind)
    if (perSecond === null) return
    const burst = Math.floor(perSecond * burstShare)
    const nowMs = this.clock.nowMs()
    const {tokens, filledAtMs} = this.#buckets.get(kind) ?? {tokens: burst, filledAtMs: nowMs}
    const filled = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1_000) * perSecond)
    this.#buckets.set(kind, {tokens: Math.max(0, filled - 1), filledAtMs: nowMs})
    if (filled < 1) throw overLimit(`document ${kind} request too frequency, have reached limit ${burst}`)
  }

  /** This router's share; null where there is no limit. */
  #perSecond(kind: RequestKind): number | null {
    const record = this.view.records.get(this.view.keys.requestLimit)
    const limit = {...defaultRequestLimit, ...(isObject(record) ? record : {})}
    const total = kind === 'read' ? limit.read_request_limit_count : limit.write_request_limit_count
    if (limit.request_limit_enabled !== true || typeof total !== 'number') return null
    return total / Math.max(1, this.view.routers.size)
  }
}
