/**
 * A partition as it should be, in the plainest form, and which of its past states may be found after a fault.
 *
 * Commands take effect in the order in which they were given. So whatever happened, the partition must be what it was after
 * some number of them: at least all that were acknowledged, at most all that were not refused. Docids tell a command that was
 * applied twice: they are given once.
 */
import type {Document, FieldValue} from '../../../src/entity/document.js'

export interface ModelDocument {
  readonly docid: number
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly vector: readonly number[]
}

export type Step =
  | {readonly kind: 'upsert'; readonly documents: readonly Document[]}
  | {readonly kind: 'delete'; readonly ids: readonly string[]}
  | {readonly kind: 'space'; readonly version: number}
  /** A whole state that came from another server. */
  | {readonly kind: 'install'; readonly state: PartitionModel}

export class PartitionModel {
  constructor(
    readonly documents: ReadonlyMap<string, ModelDocument> = new Map(),
    readonly nextDocid = 0,
    readonly spaceVersion = 1,
  ) {}

  after(step: Step): PartitionModel {
    const {documents, nextDocid, spaceVersion} = this
    switch (step.kind) {
      case 'upsert':
        return this.#upserted(step.documents)
      case 'delete':
        return new PartitionModel(
          new Map([...documents].filter(([id]) => !step.ids.includes(id))),
          nextDocid,
          spaceVersion,
        )
      case 'space':
        return new PartitionModel(documents, nextDocid, step.version)
      case 'install':
        return step.state
    }
  }

  /** Everything there is to know, as text. */
  picture(): string {
    const documents = [...this.documents].sort(([a], [b]) => (a < b ? -1 : 1))
    const facts = {nextDocid: this.nextDocid, space: this.spaceVersion, documents}
    return JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  }

  #upserted(changes: readonly Document[]): PartitionModel {
    const documents = new Map(this.documents)
    let nextDocid = this.nextDocid
    for (const {id, fields, vectors} of changes) {
      const before = documents.get(id)
      const vector = vectors.v === undefined ? before?.vector : [...vectors.v]
      // a new document needs its vector
      if (vector === undefined) continue
      const docid = before?.docid ?? nextDocid++
      documents.set(id, {docid, fields: sorted({...before?.fields, ...fields}), vector})
    }
    return new PartitionModel(documents, nextDocid, this.spaceVersion)
  }
}

export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface Asked {
  readonly step: Step
  fate: 'open' | 'acknowledged' | 'refused'
}

/** What was asked of the partition, and what became of it. */
export class Ledger {
  #settled: PartitionModel
  #asked: Asked[] = []

  constructor(settled = new PartitionModel()) {
    this.#settled = settled
  }

  clone(): Ledger {
    const clone = new Ledger(this.#settled)
    clone.#asked = this.#asked.map((asked) => ({...asked}))
    return clone
  }

  /** Told its fate as soon as that is known. */
  ask(step: Step): (fate: 'acknowledged' | 'refused') => void {
    const asked: Asked = {step, fate: 'open'}
    this.#asked.push(asked)
    return (fate) => {
      asked.fate = fate
    }
  }

  /** What the partition is if all that is open comes about. */
  get expected(): PartitionModel {
    return this.#kept().reduce((model, {step}) => model.after(step), this.#settled)
  }

  /** Takes what was found for what happened; false if it is none of the states that may be found. */
  settle(picture: string): boolean {
    const kept = this.#kept()
    const acknowledged = kept.findLastIndex(({fate}) => fate === 'acknowledged') + 1
    let model = kept.slice(0, acknowledged).reduce((before, {step}) => before.after(step), this.#settled)
    let found = model.picture() === picture ? model : null
    for (const {step} of kept.slice(acknowledged)) {
      model = model.after(step)
      if (model.picture() === picture) found = model
    }
    if (found === null) return false
    this.#settled = found
    this.#asked = []
    return true
  }

  #kept(): readonly Asked[] {
    return this.#asked.filter(({fate}) => fate !== 'refused')
  }
}
