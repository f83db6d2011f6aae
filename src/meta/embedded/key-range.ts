/**
 * A run of keys as etcd names it: no end is the one key, an end of a single zero byte is everything from the key on.
 */
export interface KeyRange {
  readonly key: Buffer
  /** Exclusive. */
  readonly end: Buffer
}

const unbounded = Buffer.from([0])

export function isSingleKey(range: KeyRange): boolean {
  return range.end.length === 0
}

export function contains(range: KeyRange, key: Buffer): boolean {
  if (isSingleKey(range)) return key.equals(range.key)
  return range.key.compare(key) <= 0 && (isUnbounded(range) || key.compare(range.end) < 0)
}

function isUnbounded(range: KeyRange): boolean {
  return range.end.equals(unbounded)
}

/** What LMDB's cursors take; no key sorts before a single zero byte, and LMDB has no empty one. */
export function bounds(range: KeyRange): {readonly start: Buffer; readonly end?: Buffer} {
  const start = range.key.length === 0 ? unbounded : range.key
  return isUnbounded(range) ? {start} : {start, end: range.end}
}

export function singleKey(key: Buffer | string): KeyRange {
  return {key: Buffer.from(key), end: Buffer.alloc(0)}
}

/** Every key that begins with `prefix`; the empty prefix is every key. UTF-8 never ends in 0xff: the last byte can be raised. */
export function prefixRange(prefix: string): KeyRange {
  if (prefix === '') return {key: unbounded, end: unbounded}
  const end = Buffer.from(prefix)
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1)
  return {key: Buffer.from(prefix), end}
}
