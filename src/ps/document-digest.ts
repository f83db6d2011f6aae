import {createHash} from 'node:crypto'
import type {StoredDocument} from '../entity/document.js'
import {encodeStored} from '../rpc/document-codec.js'

/** A checksum of documents, in docid order: the same for the same documents, in whatever order an engine has their fields. */
export class DocumentDigest {
  readonly #hash = createHash('sha256')
  #documents = 0

  get documents(): number {
    return this.#documents
  }

  add(documents: readonly StoredDocument[]): void {
    if (documents.length === 0) return
    this.#hash.update(encodeStored(documents.map(inOrder)))
    this.#documents += documents.length
  }

  /** Nothing can be added afterwards. */
  hex(): string {
    return this.#hash.digest('hex')
  }
}

function inOrder({id, docid, fields, vectors}: StoredDocument): StoredDocument {
  return {id, docid, fields: sorted(fields), vectors: sorted(vectors)}
}

function sorted<T>(of: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)))
}
