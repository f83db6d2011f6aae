/**
 * Upsert (data-plane spec §1.5): the batch is parsed as a whole, then each partition gets its part, and each document has
 * a fate of its own.
 *
 * Beyond Vearch's answer: an item that may have been written although it is reported as failed says `"outcome":"unknown"`.
 */
import type {PartitionId} from '../entity/ids.js'
import type {RequestContext} from '../entity/request.js'
import type {CodedError} from '../errors/coded-error.js'
import {encodeDocuments} from '../rpc/document-codec.js'
import type {ItemResult} from '../rpc/ps-api.js'
import type {DocumentParsers} from './document-parser.js'
import {outcomesOf} from './outcome.js'
import {withStatus} from './refusal.js'
import {type Group, routingOf} from './routing.js'
import type {Scatter} from './scatter.js'
import type {SpaceLookup, SpaceNames} from './space-lookup.js'

export interface UpsertRequest extends SpaceNames {
  readonly documents: readonly unknown[]
  /** Take the place of hashing, where not empty. */
  readonly partitions: readonly number[]
}

export interface UpsertItem {
  readonly _id: string
  readonly code?: number
  readonly msg?: string
  readonly outcome?: 'unknown'
}

export interface UpsertReply {
  /** How many were written. */
  readonly total: number
  /** One for each document, in the order of the request. */
  readonly document_ids: readonly UpsertItem[]
}

/** Vearch's code of every item that failed, whatever the cause; the cause is in `msg`. */
const itemFailedCode = 404

export class UpsertService {
  constructor(
    private readonly parts: {
      readonly spaces: SpaceLookup
      readonly parsers: DocumentParsers
      readonly scatter: Scatter
    },
  ) {}

  async upsert(request: UpsertRequest, context: RequestContext): Promise<UpsertReply> {
    const {space, documents, override} = await withStatus(500, async () => {
      const space = await this.parts.spaces.find(request, context)
      const override = routingOf(space).checkOverride(request.partitions)
      return {space, override, documents: this.parts.parsers.of(space).parseBatch(request.documents)}
    })
    const groups = await withStatus(422, () => routingOf(space).group(documents, override))
    const items: UpsertItem[] = new Array(documents.length)
    const outcomes = await outcomesOf([...groups.keys()], (partition) => {
      const batch = encodeDocuments(groups.get(partition)?.documents ?? [])
      const ask = (partitionId: PartitionId) => ({partitionId, documents: batch})
      return this.parts.scatter.write(space, partition, 'upsert', ask, context)
    })
    for (const outcome of outcomes) {
      const group = groups.get(outcome.partition)
      if (group === undefined) continue
      if ('answer' in outcome) placeResults(items, group, outcome.answer.results)
      else placeError(items, group, outcome.error)
    }
    return {total: items.filter(({code}) => code === undefined).length, document_ids: items}
  }
}

/** Documents of one batch with the same id share the fate of the last of them. */
function placeResults(items: UpsertItem[], group: Group, results: readonly ItemResult[]): void {
  const lastById = new Map(results.map((result) => [result.id, result]))
  for (const [index, position] of group.positions.entries()) {
    const id = group.documents[index]?.id ?? ''
    const result = lastById.get(id) ?? {id, code: 500, msg: 'item is nil'}
    items[position] =
      result.code === 0 ? {_id: id} : {_id: id, code: itemFailedCode, msg: result.msg ?? `code ${result.code}`}
  }
}

function placeError(items: UpsertItem[], {documents, positions}: Group, {message, outcome}: CodedError): void {
  for (const [index, position] of positions.entries()) {
    const item = {_id: documents[index]?.id ?? '', code: itemFailedCode, msg: message}
    items[position] = outcome === 'unknown' ? {...item, outcome} : item
  }
}
