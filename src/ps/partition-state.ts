/**
 * A partition as a state machine: documents in an engine, changed by the commands of its log and by nothing else.
 *
 * - The state is what `Image` names and the engine's content; the same commands give the same state on every replica.
 * - A docid is given at insertion, dense from 0, and never again; an update keeps it, a delete frees only the id.
 * - Upserts that follow each other reach the engine together, at most `writeBatchMax` documents at a time and one version
 *   of each id; between two such batches the event loop gets its turn, so that heartbeats and reads go on.
 * - What is to be read for an update is only what the update does not bring: a whole document costs no read of the old
 *   one, because reading vectors is the dearest thing an engine does.
 */
import {type VectorEngine, writeBatchMax} from '../engine/engine.js'
import type {Document, StoredDocument} from '../entity/document.js'
import type {Space} from '../entity/space.js'
import {nextTurn} from '../env/clock.js'
import type {Env} from '../env/env.js'
import {Turns} from '../env/turns.js'
import {assert} from '../errors/assert.js'
import type {Membership} from '../raft/membership.js'
import type {LogEntry} from '../raftstore/log.js'
import type {StateMachine} from '../raftstore/state-machine.js'
import {decodeDocuments} from '../rpc/document-codec.js'
import type {ItemResult} from '../rpc/ps-api.js'
import {type Command, decodeCommand, encodeCommand} from './command.js'
import {DocumentShape, updated} from './document-shape.js'

export type CommandResult =
  /** In the order of the batch. */
  | {readonly kind: 'upserted'; readonly items: readonly ItemResult[]}
  /** The ids that existed. */
  | {readonly kind: 'deleted'; readonly ids: readonly string[]}
  | {readonly kind: 'done'}

/** The state beside the engine's documents. */
export interface Image {
  readonly appliedIndex: number
  readonly nextDocid: number
  readonly space: Space
}

/** An image as it is kept: where it stands in its group's log, and how many documents the engine held. */
export interface SavedImage extends Image {
  /** One that was damaged may open and have fewer (engine.md). */
  readonly documents: number
  /** Of the entry at `appliedIndex`. */
  readonly term: number
  /** Of the group, in force at `appliedIndex`. */
  readonly membership: Membership
}

/** Data-plane spec §3.5: the engine's code for a document that lacks a vector or does not fit its space. */
const unfit = {code: 404, msg: 'internal_error:add doc failed, err code -3'}

export class PartitionState implements StateMachine<CommandResult> {
  readonly #turns = new Turns()
  readonly #pending = new Map<string, StoredDocument>()
  /** Batches that were read before they were proposed, by the payload of their entry. */
  readonly #known = new WeakMap<Uint8Array, readonly Document[]>()
  #image: Image
  #shape: DocumentShape
  #changedIndex: number
  #visibleIndex: number
  #appliedBytes = 0
  #failure: Error | null = null

  constructor(
    readonly engine: VectorEngine,
    image: Image,
    /** Makes a changed space durable where people look for it. */
    private readonly saveSpace: (space: Space) => Promise<void>,
    private readonly env: Pick<Env, 'clock' | 'failpoints'>,
    /** Resolves when the engine may write. */
    private readonly whenRoom: () => Promise<void>,
  ) {
    this.#image = image
    this.#changedIndex = image.appliedIndex
    this.#visibleIndex = image.appliedIndex
    this.#shape = new DocumentShape(image.space)
  }

  get appliedIndex(): number {
    return this.#image.appliedIndex
  }

  /** The last entry of which a read may see something: of those that are being applied it may see all. */
  get visibleIndex(): number {
    return this.#visibleIndex
  }

  /** The last entry that was a command, or where this object began. */
  get changedIndex(): number {
    return this.#changedIndex
  }

  get nextDocid(): number {
    return this.#image.nextDocid
  }

  get space(): Space {
    return this.#image.space
  }

  get shape(): DocumentShape {
    return this.#shape
  }

  /** Bytes of all commands applied since this object was made. */
  get appliedBytes(): number {
    return this.#appliedBytes
  }

  /** What an apply threw: it left the state half-way, and only an image and the log can tell what it should be. */
  get failure(): Error | null {
    return this.#failure
  }

  /** A command for these documents. Throws if they cannot be read: what is in the log must be readable for ever. */
  upsertCommand(documents: Uint8Array): Uint8Array {
    const read = decodeDocuments(documents)
    const payload = encodeCommand({kind: 'upsert', documents})
    this.#known.set(payload, read)
    return payload
  }

  apply(entries: readonly LogEntry[]): Promise<readonly CommandResult[]> {
    return this.#turns.run(async () => {
      try {
        return await this.#applyAll(entries)
      } catch (thrown) {
        this.#failure = thrown instanceof Error ? thrown : new Error(String(thrown))
        throw thrown
      }
    })
  }

  async #applyAll(entries: readonly LogEntry[]): Promise<readonly CommandResult[]> {
    assert(this.#failure === null, 'nothing is applied to a state that is half-way')
    await this.env.failpoints.hit('apply.before')
    const results: CommandResult[] = []
    let appliedIndex = this.appliedIndex
    this.#visibleIndex = appliedIndex + entries.length
    for (const entry of entries) {
      assert(entry.index === appliedIndex + 1, `entry ${entry.index} follows ${appliedIndex}`)
      results.push(await this.#run(entry.payload))
      this.#appliedBytes += entry.payload.length
      appliedIndex = entry.index
      if (entry.payload.length > 0) this.#changedIndex = appliedIndex
    }
    await this.#writePending()
    this.#image = {...this.#image, appliedIndex}
    await this.env.failpoints.hit('apply.after')
    return results
  }

  /** Runs `task` while nothing is being applied; the image and the engine agree meanwhile. */
  whilePaused<T>(task: (image: Image & {readonly documents: number}) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      assert(this.#failure === null, 'no image is taken of a state that is half-way')
      return task({...this.#image, documents: this.engine.status().documents})
    })
  }

  #run(payload: Uint8Array): Promise<CommandResult> {
    const known = this.#known.get(payload)
    if (known !== undefined) return this.#upsert(known)
    const command = decodeCommand(payload)
    switch (command.kind) {
      case 'noop':
        return Promise.resolve({kind: 'done'})
      case 'upsert':
        return this.#upsert(decodeDocuments(command.documents))
      case 'delete':
        return this.#delete([...new Set(command.ids)])
      case 'updateSpace':
        return this.#install(command.space)
      case 'changeIndexes':
        return this.#changeIndexes(command)
    }
  }

  async #upsert(documents: readonly Document[]): Promise<CommandResult> {
    const items: ItemResult[] = []
    for (let from = 0; from < documents.length; ) {
      if (this.#pending.size === writeBatchMax) await this.#writePending()
      const chunk = documents.slice(from, from + writeBatchMax - this.#pending.size)
      items.push(...this.#gather(chunk))
      from += chunk.length
    }
    return {kind: 'upserted', items}
  }

  /** Turns documents into pending writes, in order. */
  #gather(documents: readonly Document[]): ItemResult[] {
    const unseen = documents.filter(({id}) => !this.#pending.has(id))
    const docids = this.engine.docids(unseen.map(({id}) => id))
    const before = this.#fetchLacking(unseen.filter(({id}) => docids.has(id)))
    return documents.map((document) => {
      const {id} = document
      if (!this.#shape.fits(document)) return {id, ...unfit}
      const present = this.#pending.get(id) ?? before.get(id)
      if (present !== undefined) {
        this.#pending.set(id, updated(present, document))
        return {id, code: 0}
      }
      const docid = docids.get(id)
      if (docid === undefined && this.#shape.missingVectors(document).length > 0) return {id, ...unfit}
      this.#pending.set(id, this.#shape.complete(document, docid ?? this.#takeDocid()))
      return {id, code: 0}
    })
  }

  /** The stored versions of those documents that do not bring everything themselves. */
  #fetchLacking(documents: readonly Document[]): ReadonlyMap<string, StoredDocument> {
    const withVectors: string[] = []
    const withoutVectors: string[] = []
    const vectors = new Set<string>()
    for (const document of documents) {
      const missing = this.#shape.missingVectors(document)
      for (const name of missing) vectors.add(name)
      if (missing.length > 0) withVectors.push(document.id)
      else if (!this.#shape.hasEveryScalar(document)) withoutVectors.push(document.id)
    }
    return new Map([
      ...(withoutVectors.length > 0 ? this.engine.fetch(withoutVectors, {fields: 'all', vectors: []}) : []),
      ...(withVectors.length > 0 ? this.engine.fetch(withVectors, {fields: 'all', vectors: [...vectors]}) : []),
    ])
  }

  #takeDocid(): number {
    const docid = this.#image.nextDocid
    this.#image = {...this.#image, nextDocid: docid + 1}
    return docid
  }

  async #delete(ids: readonly string[]): Promise<CommandResult> {
    await this.#writePending()
    const deleted: string[] = []
    for (let from = 0; from < ids.length; from += writeBatchMax) {
      if (from > 0) await nextTurn(this.env.clock)
      const existing = [...this.engine.docids(ids.slice(from, from + writeBatchMax)).keys()]
      const count = this.engine.delete(existing)
      assert(count === existing.length, 'an engine deletes what it said it has')
      deleted.push(...existing)
    }
    return {kind: 'deleted', ids: deleted}
  }

  async #changeIndexes(change: Extract<Command, {kind: 'changeIndexes'}>): Promise<CommandResult> {
    await this.#writePending()
    await this.engine.changeIndexes(change.space, {add: change.add, remove: change.remove})
    return this.#install(change.space)
  }

  async #install(space: Space): Promise<CommandResult> {
    await this.#writePending()
    await this.env.failpoints.hit('apply.space.before')
    await this.saveSpace(space)
    await this.env.failpoints.hit('apply.space.after')
    this.#image = {...this.#image, space}
    this.#shape = new DocumentShape(space)
    return {kind: 'done'}
  }

  async #writePending(): Promise<void> {
    if (this.#pending.size === 0) return
    await this.env.failpoints.hit('apply.write.before')
    await this.whenRoom()
    this.engine.upsert([...this.#pending.values()])
    this.#pending.clear()
    await this.env.failpoints.hit('apply.write.after')
    await nextTurn(this.env.clock)
  }
}
