/**
 * Documents by id, for query (data-plane spec §1.6, paths a and b).
 *
 * Ids go to the partition that owns them first, and only those that are not there to all the others: they may have been
 * written through `partitions`, or before the space was expanded. Vearch asks every partition for every id.
 */
import type {StoredDocument} from '../entity/document.js'
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {decodeStored} from '../rpc/document-codec.js'
import type {WireProjection} from '../rpc/ps-api.js'
import {type DocumentJson, DocumentView} from './document-view.js'
import {outcomesOf} from './outcome.js'
import type {LoadBalance} from './replica-choice.js'
import {type Routing, routingOf} from './routing.js'
import type {Scatter} from './scatter.js'

export interface QueryReply {
  readonly total: number
  readonly documents: readonly DocumentJson[]
}

export interface GetRequest {
  readonly space: Space
  readonly ids: readonly string[]
  readonly projection: WireProjection
  readonly loadBalance: LoadBalance
  readonly context: RequestContext
}

type Found = ReadonlyMap<string, StoredDocument>
/** What could not be asked, by id. */
type Unasked = ReadonlyMap<string, CodedError>

const missCode = 404
const docidMax = 2 ** 31 - 1

export class GetService {
  constructor(private readonly scatter: Scatter) {}

  /** Those that exist, in the order of the ids; one that is asked for twice is there twice. Throws what a partition says. */
  async get(request: GetRequest): Promise<QueryReply> {
    const {found, unasked} = await this.#everywhere(request)
    const [error] = unasked.values()
    if (error !== undefined) throw error
    const view = new DocumentView(request.space)
    const documents = request.ids.flatMap((id) => {
      const document = found.get(id)
      return document === undefined ? [] : [view.render(document)]
    })
    return {total: documents.length, documents}
  }

  /** One element for each id, a miss included, looked for where the rules of the space put it. */
  async getByHash(request: GetRequest): Promise<QueryReply> {
    const routing = routingOf(request.space)
    const {found, unasked} = await this.#ask(request, request.ids, (id) => routing.candidatesOf(id))
    const view = new DocumentView(request.space)
    return withMisses(
      request.ids.map((id) => {
        const document = found.get(id)
        return document === undefined ? missed(id, unasked.get(id)) : view.render(document)
      }),
    )
  }

  /**
   * By docid in one partition, one element for each, a miss included. With `next`, the first document after each: the cursor
   * for reading a whole partition.
   */
  async getByDocid(request: GetRequest, partition: PartitionId, next: boolean): Promise<QueryReply> {
    const {space, ids, projection, loadBalance, context} = request
    const docids = ids.map((id) => readDocid(id, next))
    const valid = docids.filter((docid) => typeof docid === 'number')
    const leader = loadBalance === 'leader'
    const found = await this.#byDocid(
      () =>
        this.scatter.read(
          space,
          partition,
          'getByDocid',
          (partitionId, atLeast) => ({partitionId, docids: valid, next, projection, leader, atLeast}),
          {loadBalance, context},
        ),
      valid.length,
    )
    const view = new DocumentView(space)
    const answers = found[Symbol.iterator]()
    return withMisses(
      ids.map((id, index) => {
        const docid = docids[index]
        if (docid instanceof CodedError) return missed(id, docid)
        const document: StoredDocument | CodedError | null = answers.next().value ?? null
        if (document === null || document instanceof CodedError) return missed(id, document ?? undefined)
        return view.render(document, next ? {_docid: String(document.docid)} : {})
      }),
    )
  }

  async #byDocid(
    ask: () => Promise<{documents: Uint8Array; found: readonly boolean[]}>,
    count: number,
  ): Promise<readonly (StoredDocument | CodedError | null)[]> {
    if (count === 0) return []
    try {
      const {documents, found} = await ask()
      const hits = decodeStored(documents)[Symbol.iterator]()
      return found.map((isHit) => (isHit ? (hits.next().value ?? null) : null))
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown
      return Array.from({length: count}, () => thrown)
    }
  }

  async #everywhere(request: GetRequest): Promise<{found: Found; unasked: Unasked}> {
    const routing = routingOf(request.space)
    const first = await this.#ask(request, request.ids, (id) => routing.candidatesOf(id))
    const missing = request.ids.filter((id) => !first.found.has(id))
    const second = await this.#ask(request, missing, (id) => others(routing, id))
    const found = new Map([...second.found, ...first.found])
    const unasked = [...first.unasked, ...second.unasked].filter(([id]) => !found.has(id))
    return {found, unasked: new Map(unasked)}
  }

  async #ask(
    {space, projection, loadBalance, context}: GetRequest,
    ids: readonly string[],
    partitionsOf: (id: string) => readonly PartitionId[],
  ): Promise<{found: Found; unasked: Unasked}> {
    const idsByPartition = new Map<PartitionId, string[]>()
    for (const id of new Set(ids)) {
      for (const partition of partitionsOf(id)) {
        const some = idsByPartition.get(partition)
        if (some === undefined) idsByPartition.set(partition, [id])
        else some.push(id)
      }
    }
    const leader = loadBalance === 'leader'
    const outcomes = await outcomesOf([...idsByPartition.keys()], (partition) => {
      const wanted = idsByPartition.get(partition) ?? []
      const ask = (partitionId: PartitionId, atLeast: number) => ({
        partitionId,
        ids: wanted,
        projection,
        leader,
        atLeast,
      })
      return this.scatter.read(space, partition, 'get', ask, {loadBalance, context})
    })
    const found = new Map<string, StoredDocument>()
    const unasked = new Map<string, CodedError>()
    for (const outcome of outcomes) {
      if ('answer' in outcome) {
        for (const document of decodeStored(outcome.answer.documents)) found.set(document.id, document)
      } else for (const id of idsByPartition.get(outcome.partition) ?? []) unasked.set(id, outcome.error)
    }
    return {found, unasked}
  }
}

function others(routing: Routing, id: string): readonly PartitionId[] {
  const asked = routing.candidatesOf(id)
  return routing.all.filter((partition) => !asked.includes(partition))
}

function withMisses(documents: readonly DocumentJson[]): QueryReply {
  return {total: documents.filter(({code}) => code !== missCode).length, documents}
}

function missed(id: string, error = new CodedError('DOCUMENT_NOT_EXIST')): DocumentJson {
  return {_id: id, code: missCode, msg: error.message}
}

/** Or why it is none, which concerns this element only. */
function readDocid(text: string, next: boolean): number | CodedError {
  const docid = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(Math.abs(docid) <= docidMax)) return invalidKey(`key: [${text}] convert to int32 failed, err: [invalid syntax]`)
  if (next) return docid < -1 ? invalidKey(`docid: [${docid}] less than -1 with next as true`) : docid
  return docid < 0 ? invalidKey(`docid: [${docid}] less than 0`) : docid
}

function invalidKey(detail: string): CodedError {
  return new CodedError('PRIMARY_KEY_IS_INVALID', detail)
}

/** The partition that the client names. Throws PARAM_ERROR if it is another space's. */
export function requirePartition(space: Space, id: number): PartitionId {
  const own = routingOf(space).all.find((partition) => partition === id)
  if (own === undefined) throw paramError(`partition_id ${id} not belong to space ${space.name}`)
  return own
}
