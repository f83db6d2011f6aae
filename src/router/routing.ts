/**
 * Which partitions a document or a request goes to. Pure, and the same in every router (data-plane spec §3.1).
 *
 * Without a rule, the slot of a document's id decides. With a range rule, the document's date chooses a range first, and
 * the slot one of the range's partitions: an id alone then names one candidate in each range.
 */
import {parseTimestamp} from '../entity/date.js'
import type {Document} from '../entity/document.js'
import type {PartitionId} from '../entity/ids.js'
import {ownerOf, slotOf} from '../entity/slot.js'
import type {Space} from '../entity/space.js'
import {assert} from '../errors/assert.js'
import {CodedError, paramError} from '../errors/coded-error.js'

/** Documents of one batch for one partition, and where each stood in the batch. */
export interface Group {
  readonly documents: Document[]
  readonly positions: number[]
}

interface Range {
  readonly name: string
  /** Nanoseconds; documents before it belong here if they belong to no earlier range. */
  readonly upperBound: bigint
  readonly partitions: readonly PartitionId[]
}

type Layout = Pick<Space, 'name' | 'partitions' | 'partition_rule'>

export class Routing {
  readonly all: readonly PartitionId[]
  readonly #slotBounds: readonly number[]
  /** Null without a rule. */
  readonly #ranges: readonly Range[] | null
  readonly #ruleField: string

  constructor(private readonly space: Layout) {
    this.all = space.partitions.map(({id}) => id)
    this.#slotBounds = space.partitions.map(({partition_slot}) => partition_slot)
    this.#ruleField = space.partition_rule?.field ?? ''
    this.#ranges =
      space.partition_rule?.ranges.map(({name, value}) => ({
        name,
        upperBound: parseTimestamp(value) ?? 0n,
        partitions: space.partitions.filter((partition) => partition.name === name).map(({id}) => id),
      })) ?? null
  }

  has(id: number): boolean {
    return this.all.some((own) => own === id)
  }

  /** Where a document with this id is if it was written by the rules of the space as it is now. */
  candidatesOf(documentId: string): readonly PartitionId[] {
    const slot = slotOf(documentId)
    if (this.#ranges === null) return [this.#owner(slot)]
    return this.#ranges.flatMap(({partitions}) => nth(partitions, slot) ?? [])
  }

  /** The partitions of the named ranges. Throws PARAM_ERROR. */
  named(names: readonly string[]): readonly PartitionId[] {
    if (names.length === 0) return this.all
    const ranges = this.#ranges
    if (ranges === null) throw paramError('space partition rule is nil')
    for (const name of names) {
      if (!ranges.some((range) => range.name === name)) {
        throw paramError(`partition name [${name}] not in space partition rule`)
      }
    }
    return ranges.filter(({name}) => names.includes(name)).flatMap(({partitions}) => partitions)
  }

  /** Throws PARAM_ERROR if one of the partitions that the client asks for is not the space's. */
  checkOverride(partitions: readonly number[]): readonly PartitionId[] {
    return partitions.map((wanted) => {
      const own = this.all.find((id) => id === wanted)
      if (own === undefined) throw paramError(`partition id ${wanted} not belong to space[${this.space.name}]`)
      return own
    })
  }

  /**
   * Splits a batch by partition; order within each is that of the batch. `override` takes the place of the slot where the
   * space has no rule. Throws PARAM_ERROR, for the whole batch, if the rule names no partition for a document.
   */
  group(documents: readonly Document[], override: readonly PartitionId[] = []): Map<PartitionId, Group> {
    const groups = new Map<PartitionId, Group>()
    for (const [position, document] of documents.entries()) {
      const id = this.#partitionOf(document, override)
      let group = groups.get(id)
      if (group === undefined) {
        group = {documents: [], positions: []}
        groups.set(id, group)
      }
      group.documents.push(document)
      group.positions.push(position)
    }
    return groups
  }

  #partitionOf(document: Document, override: readonly PartitionId[]): PartitionId {
    const slot = slotOf(document.id)
    if (this.#ranges === null) return nth(override, slot) ?? this.#owner(slot)
    const date = document.fields[this.#ruleField]
    if (typeof date !== 'bigint') throw paramError('document must have partition rule field')
    const range = this.#ranges.find(({upperBound}) => date < upperBound)
    const owner = range === undefined ? undefined : nth(range.partitions, slot)
    if (owner !== undefined) return owner
    const bounds = this.space.partition_rule?.ranges.map(({name, value}) => `${name}:${value}`).join(' ')
    throw paramError(`can't set partition for field value ${date}, space ranges [${bounds}]`)
  }

  #owner(slot: number): PartitionId {
    const owner = this.all[ownerOf(slot, this.#slotBounds)]
    // A space is stored with its partitions, of which it has at least one.
    if (owner === undefined) throw new CodedError('PARTITION_NOT_EXIST', `space ${this.space.name} has no partitions`)
    return owner
  }
}

function nth(partitions: readonly PartitionId[], slot: number): PartitionId | undefined {
  assert(slot >= 0, 'a slot is unsigned')
  return partitions[slot % partitions.length]
}

/** See `DocumentParsers`: one for each state of a space. */
const routings = new WeakMap<Layout, Routing>()

export function routingOf(space: Layout): Routing {
  const known = routings.get(space)
  if (known !== undefined) return known
  const routing = new Routing(space)
  routings.set(space, routing)
  return routing
}
