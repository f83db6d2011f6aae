/**
 * The engine of a simulated server: the plain one on the machine's disk, whose checkpoints can fail, which a page without room ends
 * together with its process, and of whose content there is always a hash.
 */
import {crc32} from 'node:zlib'
import type {OpenEngine, VectorEngine} from '../../src/engine/engine.js'
import type {StoredDocument} from '../../src/entity/document.js'
import type {Disk} from '../../src/env/disk.js'
import {encodeStored} from '../../src/rpc/document-codec.js'
import {ModelEngine} from '../harness/model-engine.js'

/** By engine: the sum of its documents' hashes, so that a change costs what it changes. */
class Content {
  readonly #hashes = new Map<string, number>()
  #sum = 0

  put(document: StoredDocument): void {
    this.remove(document.id)
    const hash = crc32(encodeStored([document]))
    this.#hashes.set(document.id, hash)
    this.#sum = (this.#sum + hash) % 2 ** 48
  }

  remove(id: string): void {
    const hash = this.#hashes.get(id)
    if (hash === undefined) return
    this.#hashes.delete(id)
    this.#sum = (this.#sum + 2 ** 48 - hash) % 2 ** 48
  }

  get hash(): string {
    return this.#sum.toString(16)
  }
}

const contents = new WeakMap<VectorEngine, Content>()

/** Equal for equal documents. */
export function contentHash(engine: VectorEngine): string {
  return contents.get(engine)?.hash ?? ''
}

/** What an operating system says of a process that wrote to a page for which there is no room. */
export const noPage = 'SIGBUS'

export interface EngineFaults {
  failsCheckpoints(): boolean
  hasPages(): boolean
  /** Ends the process. */
  die(error: Error): void
}

export const noFaults: EngineFaults = {failsCheckpoints: () => false, hasPages: () => true, die: () => {}}

export function engineOn(disk: Disk, faults: EngineFaults): OpenEngine {
  return async (directory, space) => {
    const engine = await ModelEngine.openOn(disk, directory, space)
    const content = new Content()
    const everything = {fields: 'all', vectors: space.fields.map(({name}) => name)} as const
    for (const document of await engine.scan(0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, everything)) {
      content.put(document)
    }
    contents.set(engine, content)
    const {upsert, delete: remove, checkpoint} = engine
    engine.upsert = (documents) => {
      if (!faults.hasPages()) {
        const death = new Error(noPage)
        faults.die(death)
        throw death
      }
      upsert.call(engine, documents)
      for (const document of documents) content.put(document)
    }
    engine.delete = (ids) => {
      for (const id of ids) content.remove(id)
      return remove.call(engine, ids)
    }
    engine.checkpoint = async (target) => {
      if (faults.failsCheckpoints()) throw Object.assign(new Error('EIO: checkpoint'), {code: 'EIO'})
      await checkpoint.call(engine, target)
    }
    return engine
  }
}
