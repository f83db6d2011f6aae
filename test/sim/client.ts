/**
 * The database as its clients see it: bodies go out as JSON, and what comes back is read for what it says about each document.
 * Knows no transport: a simulation hands the bodies to a router's services, real clients post them.
 */
import {isObject} from '../../src/entity/json.js'
import {errorCodes} from '../../src/errors/codes.js'
import type {Outcome} from '../check/history.js'
import {type Document, misshape} from './document.js'
import type {SearchHit} from './workload.js'

export type Verb = 'upsert' | 'delete' | 'query' | 'search'

/** `data` of Vearch's envelope, or what the envelope says of the failure. */
export type Reply =
  | {readonly isOk: true; readonly data: unknown}
  | {readonly isOk: false; readonly code: number; readonly outcome: Exclude<Outcome, 'ok'>}

/** Always answers: who has waited for too long is told that the outcome is unknown. */
export type Ask = (verb: Verb, body: object, timeoutMs: number) => Promise<Reply>

export interface SpaceAddress {
  readonly db_name: string
  readonly space_name: string
}

/** What became of one document of a call. */
export interface Fate {
  readonly outcome: Outcome
  /** 0 for ok. */
  readonly code: number
}

export type Found<T> =
  | {readonly outcome: 'ok'; readonly code: 0; readonly found: T}
  | {readonly outcome: 'rejected'; readonly code: number}

export interface SearchQuery {
  /** Null for a query, which finds by its filter alone. */
  readonly vector: readonly number[] | null
  readonly topK: number
  /** Only documents whose number is less. */
  readonly below: number | null
  readonly isThroughLeader: boolean
}

export class Client {
  constructor(
    private readonly ask: Ask,
    private readonly at: SpaceAddress,
    private readonly timeoutMs: number,
    /** Told of a document that does not fit itself. */
    private readonly misshapen: (id: string, detail: string) => void,
  ) {}

  /** One fate for each document, in their order. */
  async upsert(documents: readonly Document[]): Promise<readonly Fate[]> {
    const reply = await this.#send('upsert', {documents})
    if (!reply.isOk) return documents.map(() => reply)
    const items = listIn(reply.data, 'document_ids')
    return documents.map((_, at) => itemFate(items[at]))
  }

  async delete(id: string): Promise<Fate> {
    const reply = await this.#send('delete', {document_ids: [id]})
    if (!reply.isOk) return reply
    const [failed] = listIn(reply.data, 'failed_partitions')
    return isObject(failed) ? {outcome: 'unknown', code: Number(failed.code)} : {outcome: 'ok', code: 0}
  }

  /** Null where there is no document. */
  async get(id: string): Promise<Found<string | null>> {
    const reply = await this.#send('query', {document_ids: [id], load_balance: 'leader', vector_value: true})
    if (!reply.isOk) return {outcome: 'rejected', code: reply.code}
    const [document] = this.#documents(reply.data)
    return {outcome: 'ok', code: 0, found: document?.value ?? null}
  }

  /** Rejected also where some partitions had no part in the answer. */
  async search({vector, topK, below, isThroughLeader}: SearchQuery): Promise<Found<readonly SearchHit[]>> {
    const verb = vector === null ? 'query' : 'search'
    const reply = await this.#send(verb, {
      limit: topK,
      load_balance: isThroughLeader ? 'leader' : 'random',
      vector_value: true,
      is_brute_search: 1,
      ...(vector === null ? {} : {vectors: [{field: 'v', feature: vector}]}),
      ...(below === null
        ? {}
        : {filters: {operator: 'AND', conditions: [{field: 'number', operator: '<', value: below}]}}),
    })
    if (!reply.isOk) return {outcome: 'rejected', code: reply.code}
    const [failed] = listIn(reply.data, 'failed_partitions')
    if (isObject(failed)) return {outcome: 'rejected', code: Number(failed.code)}
    return {outcome: 'ok', code: 0, found: this.#documents(reply.data)}
  }

  #send(verb: Verb, body: object): Promise<Reply> {
    return this.ask(verb, {...this.at, ...body}, this.timeoutMs)
  }

  /** Of a search the hits of its one vector. */
  #documents(data: unknown): SearchHit[] {
    return listIn(data, 'documents')
      .flat()
      .filter(isObject)
      .map((document) => {
        const wrong = misshape(document)
        if (wrong !== null) this.misshapen(String(document._id), wrong)
        return {id: String(document._id), value: String(document.value), score: Number(document._score ?? 0)}
      })
  }
}

function itemFate(item: unknown): Fate {
  if (!isObject(item)) return {outcome: 'unknown', code: errorCodes.UNKNOWN_ERROR.code}
  if (item.code === undefined) return {outcome: 'ok', code: 0}
  return {outcome: item.outcome === 'unknown' ? 'unknown' : 'rejected', code: codeIn(String(item.msg))}
}

/** An item's code is always Vearch's 404; what it was for is the name at the head of its message. */
function codeIn(message: string): number {
  const name = message.split(':')[0]?.toUpperCase() ?? ''
  return Object.hasOwn(errorCodes, name)
    ? errorCodes[name as keyof typeof errorCodes].code
    : errorCodes.UNKNOWN_ERROR.code
}

function listIn(data: unknown, field: string): readonly unknown[] {
  const list = isObject(data) ? data[field] : undefined
  return Array.isArray(list) ? list : []
}
