/**
 * What is written while a read runs.
 *
 * zvec replaces a document by adding a row and then marking the old one as deleted. A read on a thread of its own that fixed
 * its rows before the one and looks at the marks after the other finds neither, and a document that was there all along is
 * missing. So a read is watched: in the place of what it found, or did not, of a document that was written meanwhile comes
 * the document as it was written.
 */
import type {StoredDocument} from '../entity/document.js'

/** After so many reads that the writes left short, the last is taken as it is. */
const readsMax = 4

/** A list in order, of which a read finds the first ones. */
export interface Listing<Item> {
  /** Fewer than `count` only if there are no more. */
  read(count: number): Promise<readonly Item[]>
  /** Null if the document has no place in the list. */
  itemOf(document: StoredDocument): Item | null
  isOf(item: Item, written: Written): boolean
  compare(a: Item, b: Item): number
}

export class WriteWatch {
  readonly #running = new Set<Written>()

  upserted(documents: readonly StoredDocument[]): void {
    for (const written of this.#running) for (const document of documents) written.upserted(document)
  }

  deleted(ids: readonly string[]): void {
    for (const written of this.#running) for (const id of ids) written.deleted(id)
  }

  /** The first `count` of the list, each as it was at some moment of the read. */
  async first<Item>(count: number, listing: Listing<Item>): Promise<readonly Item[]> {
    for (let asked = count, reads = 1; ; reads++) {
      const {found, written} = await this.#watched(() => listing.read(asked))
      if (written.isEmpty) return found
      const isAll = found.length < asked || reads === readsMax
      const items = settled(found, written, isAll, listing).slice(0, count)
      if (items.length === count || isAll) return items
      asked += written.size
    }
  }

  async #watched<T>(read: () => Promise<T>): Promise<{readonly found: T; readonly written: Written}> {
    const written = new Written()
    this.#running.add(written)
    try {
      return {found: await read(), written}
    } finally {
      this.#running.delete(written)
    }
  }
}

/** The documents written during a read, as they were last. */
export class Written {
  readonly #documents = new Map<string, StoredDocument | null>()
  readonly #docids = new Set<number>()

  upserted(document: StoredDocument): void {
    this.#documents.set(document.id, document)
    this.#docids.add(document.docid)
  }

  deleted(id: string): void {
    this.#documents.set(id, null)
  }

  get isEmpty(): boolean {
    return this.#documents.size === 0
  }

  get size(): number {
    return this.#documents.size
  }

  has(id: string): boolean {
    return this.#documents.has(id)
  }

  hasDocid(docid: number): boolean {
    return this.#docids.has(docid)
  }

  /** Those that are still there. */
  get documents(): StoredDocument[] {
    return [...this.#documents.values()].filter((document) => document !== null)
  }
}

/** What lies beyond the last item of a read that was not of all is not known, and so neither is what would come before it. */
function settled<Item>(found: readonly Item[], written: Written, isAll: boolean, listing: Listing<Item>): Item[] {
  const last = found.at(-1)
  const now = written.documents.flatMap((document) => {
    const item = listing.itemOf(document)
    const isKnown = item !== null && (isAll || last === undefined || listing.compare(item, last) <= 0)
    return isKnown ? [item] : []
  })
  return [...found.filter((item) => !listing.isOf(item, written)), ...now].sort(listing.compare)
}
