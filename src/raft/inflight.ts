/** Appends under way to a follower in mode replicate, oldest first. */
export interface Inflight {
  readonly appends: {readonly lastIndex: number; readonly bytes: number}[]
  bytes: number
}

export function emptyInflight(): Inflight {
  return {appends: [], bytes: 0}
}

export function copyInflight({appends, bytes}: Inflight): Inflight {
  return {appends: [...appends], bytes}
}

/** At least one append may always be under way, however large it is. */
export function isFull(inflight: Inflight, messagesMax: number, bytesMax: number): boolean {
  return inflight.appends.length >= messagesMax || inflight.bytes >= bytesMax
}

export function addInflight(inflight: Inflight, lastIndex: number, bytes: number): void {
  inflight.appends.push({lastIndex, bytes})
  inflight.bytes += bytes
}

/** An answer for a later append answers the earlier ones too. */
export function freeThrough(inflight: Inflight, index: number): void {
  let count = 0
  for (const append of inflight.appends) {
    if (append.lastIndex > index) break
    inflight.bytes -= append.bytes
    count += 1
  }
  inflight.appends.splice(0, count)
}
