import {createHash} from 'node:crypto'

/** What zvec takes as a key, less the mark of those that are digests. */
const plain = /^[\w!@$%+=.-]{1,64}$/
const mark = '#'

/** The key under which zvec holds a document: its id where zvec takes that, else a digest of it (SHA-256). */
export function primaryKey(id: string): string {
  return plain.test(id) ? id : mark + createHash('sha256').update(id, 'utf16le').digest('base64url')
}

/** The id, or null where the key is a digest and the id stands elsewhere. */
export function idOfKey(key: string): string | null {
  return key.startsWith(mark) ? null : key
}
