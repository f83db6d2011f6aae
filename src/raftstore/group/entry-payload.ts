/**
 * The core's entries in the log's terms. A command is logged as it is and never begins with a zero byte; nothing at all is the
 * entry with which a leader begins; a zero byte begins what raft itself has to say: the membership from that entry on.
 */
import {parseJson, stringifyJson} from '../../entity/json.js'
import {assert} from '../../errors/assert.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Entry} from '../../raft/entry.js'
import type {LogEntry} from '../log.js'
import {decodeMembership, encodeMembership} from '../transport/wire-message.js'

const membershipMark = 0

export function encodeEntry(entry: Entry): LogEntry {
  const {index, term} = entry
  switch (entry.kind) {
    case 'empty':
      return {index, term, payload: new Uint8Array(0)}
    case 'command':
      return {index, term, payload: entry.payload}
    case 'membership': {
      const text = new TextEncoder().encode(stringifyJson(encodeMembership(entry.membership)))
      return {index, term, payload: Uint8Array.of(membershipMark, ...text)}
    }
  }
}

/** Throws DATA_CORRUPT. */
export function decodeEntry({index, term, payload}: LogEntry): Entry {
  if (payload.length === 0) return {kind: 'empty', index, term}
  if (payload[0] !== membershipMark) return {kind: 'command', index, term, payload}
  try {
    const lists = parseJson(new TextDecoder().decode(payload.subarray(1)))
    assert(Array.isArray(lists), 'a membership is a list of lists')
    return {kind: 'membership', index, term, membership: decodeMembership(lists)}
  } catch (thrown) {
    throw new CodedError('DATA_CORRUPT', `entry ${index} is no membership`, {cause: thrown})
  }
}

/** What a state machine is given of an entry: what is raft's own business is a command that does nothing. */
export function commandOf(entry: Entry): LogEntry {
  const {index, term} = entry
  return {index, term, payload: entry.kind === 'command' ? entry.payload : new Uint8Array(0)}
}
