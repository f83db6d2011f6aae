/**
 * P5, and most of P2, by the log positions that responses carry: in O(n log n), so for all keys of a large history.
 *
 * The position of a write is its document's version. Going through a document's history in time, every acknowledged write
 * and every get that was answered raises a floor: whatever begins later must be above it (a write) or not below it (a
 * get). Entries of one proposal share an index, and then nothing is said about their order.
 *
 * A finding is always a fault; no finding proves less than `linearizable` does. An unknown write has no version, nor has
 * one whose response carried no position: `unplaced` counts the acknowledged ones.
 */
import {assertAssumptions} from './assumptions.js'
import {
  byKey,
  type DocumentKey,
  type History,
  type Operation,
  type Position,
  type Violation,
  violation,
} from './history.js'
import {sourcesOf, whyImpossible} from './sources.js'

/**
 * What gets promise: `linearizable`, never below what anybody wrote or saw before they began; or `monotonic`, as from
 * followers, never below what the same client saw.
 */
export type ReadPromise = 'linearizable' | 'monotonic'

export interface VersionOrder {
  readonly violations: readonly Violation[]
  /** Acknowledged writes with a position, and without. */
  readonly placed: number
  readonly unplaced: number
}

/** Throws if the history breaks the assumptions. */
export function checkVersionOrder(history: History, options: {readonly reads?: ReadPromise} = {}): VersionOrder {
  assertAssumptions(history)
  const violations: Violation[] = []
  let placed = 0
  let unplaced = 0
  for (const {key, operations} of byKey(history).values()) {
    violations.push(...new DocumentVersions(key, operations, options.reads ?? 'linearizable').violations())
    for (const {kind, outcome, position} of operations) {
      if (kind === 'get' || outcome !== 'ok') continue
      if (position === null) unplaced++
      else placed++
    }
  }
  return {violations, placed, unplaced}
}

/** The newest version that is known to exist, and who showed it. */
interface Floor {
  readonly index: number
  readonly by: Operation
}

interface Version {
  readonly position: Position
  readonly write: Operation
}

class DocumentVersions {
  readonly #found: Violation[] = []
  readonly #writers: ReadonlyMap<string, Operation>
  /** Acknowledged writes by index, and the deletes among them. */
  readonly #versions: readonly Version[]
  readonly #deletes: readonly Version[]
  /** Of the deletes that may land at any index from their begin on: when the first began. */
  readonly #unplacedDeletesFrom: number
  #writeFloor: Floor | null = null
  readonly #readFloors = new Map<string, Floor>()

  constructor(
    private readonly key: DocumentKey,
    private readonly operations: readonly Operation[],
    private readonly reads: ReadPromise,
  ) {
    const sources = sourcesOf(key, operations)
    this.#found.push(...sources.violations)
    this.#writers = sources.writers
    this.#versions = operations
      .flatMap((write) => (write.kind === 'get' || write.position === null ? [] : [{position: write.position, write}]))
      .sort((a, b) => a.position.index - b.position.index)
    this.#deletes = this.#versions.filter(({write}) => write.kind === 'delete')
    this.#unplacedDeletesFrom = operations
      .filter(({kind, outcome, position}) => kind === 'delete' && outcome !== 'rejected' && position === null)
      .reduce((first, {invokedAt}) => Math.min(first, invokedAt), Number.POSITIVE_INFINITY)
  }

  violations(): readonly Violation[] {
    this.#checkTerms()
    const floors = new Map<Operation, Floor | null>()
    for (const {operation, isReturn} of eventsOf(this.operations)) {
      if (!isReturn) floors.set(operation, this.#floorFor(operation))
      else if (operation.kind === 'get') this.#checkRead(operation, floors.get(operation) ?? null)
      else this.#checkWrite(operation, floors.get(operation) ?? null)
    }
    return this.#found
  }

  #checkTerms(): void {
    for (const [place, {position, write}] of this.#versions.entries()) {
      const before = this.#versions[place - 1]
      if (before === undefined) continue
      const {term, index} = before.position
      if (term > position.term)
        this.#report('P5', 'an older term comes after a newer one in the log', before.write, write)
      else if (index === position.index && term !== position.term) {
        this.#report('P5', 'two terms acknowledged writes at one index', before.write, write)
      }
    }
  }

  #checkWrite(write: Operation, floor: Floor | null): void {
    if (write.position === null) return
    const {index} = write.position
    if (floor !== null && index <= floor.index) {
      this.#report('P5', 'a write went to a version older than one known before it began', floor.by, write)
    }
    this.#writeFloor = higher(this.#writeFloor, {index, by: write})
  }

  #checkRead(read: Operation, floor: Floor | null): void {
    const version = read.value === null ? this.#absence(read, floor) : this.#presence(read, read.value)
    if (version === 'none' || (typeof version === 'number' && floor !== null && version < floor.index)) {
      const rule =
        floor?.by.kind === 'get' ? 'a get went back behind another' : 'a get missed a write acknowledged before it'
      this.#report('P2', rule, ...(floor === null ? [] : [floor.by]), read)
    } else if (typeof version === 'number') this.#raise(read, {index: version, by: read})
    this.#checkAnswerPosition(read)
  }

  /** The version of the value that a get found; null if it is not known. */
  #presence(read: Operation, value: string): number | null {
    const writer = this.#writers.get(value)
    return whyImpossible(read, writer) === null ? (writer?.position?.index ?? null) : null
  }

  /** The least version at which the document was not there that the get may have seen; null if it is not known. */
  #absence(read: Operation, floor: Floor | null): number | 'none' | null {
    const end = read.returnedAt ?? Number.POSITIVE_INFINITY
    if (floor === null || this.#unplacedDeletesFrom <= end) return null
    for (let place = firstFrom(this.#deletes, floor.index); place < this.#deletes.length; place++) {
      const found = this.#deletes[place]
      if (found !== undefined && found.write.invokedAt <= end) return found.position.index
    }
    return 'none'
  }

  /** Whether the answer is what the document was as of the position that the answer names. */
  #checkAnswerPosition(read: Operation): void {
    if (read.position === null) return
    const writer = read.value === null ? undefined : this.#writers.get(read.value)
    const isWriterUnplaced = read.value !== null && writer?.position == null
    if (isWriterUnplaced || this.#unplacedDeletesFrom !== Number.POSITIVE_INFINITY) return
    const end = firstFrom(this.#versions, read.position.index + 1)
    const last = this.#versions[end - 1]
    const tied = last === undefined ? [] : this.#versions.slice(firstFrom(this.#versions, last.position.index), end)
    const isTrue = last === undefined ? read.value === null : tied.some(({write}) => write.value === read.value)
    if (!isTrue) {
      const shown = last === undefined ? writer : last.write
      this.#report('P2', 'an answer is not what the document was at its position', ...(shown ? [shown] : []), read)
    }
  }

  #floorFor(operation: Operation): Floor | null {
    if (operation.kind !== 'get' || this.reads === 'linearizable') return this.#writeFloor
    return this.#readFloors.get(operation.client) ?? null
  }

  #raise(read: Operation, floor: Floor): void {
    this.#writeFloor = higher(this.#writeFloor, floor)
    this.#readFloors.set(read.client, higher(this.#readFloors.get(read.client) ?? null, floor))
  }

  #report(promise: Violation['promise'], rule: string, ...operations: Operation[]): void {
    this.#found.push(violation(promise, rule, this.key, operations))
  }
}

interface Event {
  readonly moment: number
  readonly isReturn: boolean
  readonly operation: Operation
}

/** Begins of all operations and ends of the acknowledged ones; in one moment begins come first. */
function eventsOf(operations: readonly Operation[]): Event[] {
  const events = operations.flatMap((operation): Event[] => {
    const {invokedAt, returnedAt, outcome} = operation
    const call = {moment: invokedAt, isReturn: false, operation}
    return outcome !== 'ok' || returnedAt === null ? [call] : [call, {moment: returnedAt, isReturn: true, operation}]
  })
  return events.sort((a, b) => a.moment - b.moment || Number(a.isReturn) - Number(b.isReturn))
}

function higher(floor: Floor | null, other: Floor): Floor {
  return floor !== null && floor.index >= other.index ? floor : other
}

/** Where in `versions` the first one stands whose index is `index` or more. */
function firstFrom(versions: readonly Version[], index: number): number {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >> 1
    const version = versions[middle]
    if (version !== undefined && version.position.index < index) low = middle + 1
    else high = middle
  }
  return low
}
