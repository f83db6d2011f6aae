/**
 * Raft messages as bytes: one packet holds what goes to one peer in one turn of the event loop, messages of many groups.
 *
 *   packet   msgpack [[group, tag, from, to, term, …], …]; the rest is what the message has, in the order of its fields
 *   entry    [kind, index, term, …]: nothing more, a payload, or the four lists of a membership and whether it is left by itself
 *
 * What does not decode is refused whole: a peer of another version is cut off rather than half understood.
 */
import {Packr} from 'msgpackr'
import {type NodeId, nodeId, type PartitionId, partitionId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Entry, SnapshotMeta} from '../../raft/entry.js'
import type {Membership} from '../../raft/membership.js'
import type {Message} from '../../raft/message.js'

export interface GroupMessage {
  readonly group: PartitionId
  readonly message: Message
}

const packr = new Packr({useRecords: false, int64AsType: 'number', copyBuffers: false})

const tags = {
  vote: 1,
  'pre-vote': 2,
  'vote-reply': 3,
  'pre-vote-reply': 4,
  append: 5,
  'append-accepted': 6,
  'append-rejected': 7,
  heartbeat: 8,
  'heartbeat-reply': 9,
  snapshot: 10,
  'timeout-now': 11,
  'read-index': 12,
  'read-index-reply': 13,
} as const satisfies Record<Message['type'], number>
const typeByTag = new Map(Object.entries(tags).map(([type, tag]) => [tag as number, type as Message['type']]))
const kinds = {empty: 0, command: 1, membership: 2} as const satisfies Record<Entry['kind'], number>

export function encodePacket(messages: readonly GroupMessage[]): Buffer {
  return packr.pack(
    messages.map(({group, message}) => {
      const {type, from, to, term} = message
      return [group, tags[type], from, to, term, ...bodyOf(message)]
    }),
  )
}

/** Payloads are views of `packet`. Throws RPC_PARAM_ERROR. */
export function decodePacket(packet: Buffer): GroupMessage[] {
  let items: unknown
  try {
    items = packr.unpack(packet)
  } catch (thrown) {
    throw new CodedError('RPC_PARAM_ERROR', 'a packet of raft messages that is no msgpack', {cause: thrown})
  }
  return list(items).map((item) => {
    const [group, tag, from, to, term, ...body] = list(item)
    const type = typeByTag.get(integer(tag))
    if (type === undefined) throw foreign(`message of kind ${integer(tag)}`)
    const addressed = {from: nodeId(integer(from)), to: nodeId(integer(to)), term: integer(term)}
    return {group: partitionId(integer(group)), message: decodeBody(type, addressed, body)}
  })
}

function bodyOf(message: Message): readonly unknown[] {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      return [message.lastIndex, message.lastTerm, message.isTransfer]
    case 'vote-reply':
    case 'pre-vote-reply':
      return [message.isGranted, message.committed.index, message.committed.term]
    case 'append':
      return [message.previousIndex, message.previousTerm, message.commit, message.entries.map(encodeEntry)]
    case 'append-accepted':
      return [message.index]
    case 'append-rejected':
      return [message.index, message.hintIndex, message.hintTerm]
    case 'heartbeat':
      return [message.commit, message.round]
    case 'heartbeat-reply':
      return [message.round]
    case 'snapshot':
      return encodeSnapshot(message.snapshot)
    case 'timeout-now':
      return []
    case 'read-index':
      return [message.context]
    case 'read-index-reply':
      return [message.context, message.index]
  }
}

function decodeBody(
  type: Message['type'],
  addressed: Pick<Message, 'from' | 'to' | 'term'>,
  body: readonly unknown[],
): Message {
  const {from, to, term} = addressed
  const [first, second, third, fourth] = body
  switch (type) {
    case 'vote':
    case 'pre-vote': {
      const [lastIndex, lastTerm, isTransfer] = [integer(first), integer(second), flag(third)]
      return {type, from, to, term, lastIndex, lastTerm, isTransfer}
    }
    case 'vote-reply':
    case 'pre-vote-reply': {
      const committed = {index: integer(second), term: integer(third)}
      return {type, from, to, term, isGranted: flag(first), committed}
    }
    case 'append': {
      const [previousIndex, previousTerm, commit] = [integer(first), integer(second), integer(third)]
      return {type, from, to, term, previousIndex, previousTerm, commit, entries: list(fourth).map(decodeEntry)}
    }
    case 'append-accepted':
      return {type, from, to, term, index: integer(first)}
    case 'append-rejected':
      return {type, from, to, term, index: integer(first), hintIndex: integer(second), hintTerm: integer(third)}
    case 'heartbeat':
      return {type, from, to, term, commit: integer(first), round: integer(second)}
    case 'heartbeat-reply':
      return {type, from, to, term, round: integer(first)}
    case 'snapshot':
      return {type, from, to, term, snapshot: decodeSnapshot(body)}
    case 'timeout-now':
      return {type, from, to, term}
    case 'read-index':
      return {type, from, to, term, context: integer(first)}
    case 'read-index-reply':
      return {type, from, to, term, context: integer(first), index: integer(second)}
  }
}

function encodeEntry(entry: Entry): readonly unknown[] {
  const head = [kinds[entry.kind], entry.index, entry.term]
  if (entry.kind === 'command') return [...head, entry.payload]
  return entry.kind === 'membership' ? [...head, ...encodeMembership(entry.membership)] : head
}

function decodeEntry(value: unknown): Entry {
  const [kind, index, term, ...rest] = list(value)
  const position = {index: integer(index), term: integer(term)}
  switch (kind) {
    case kinds.empty:
      return {kind: 'empty', ...position}
    case kinds.command:
      return {kind: 'command', ...position, payload: bytes(rest[0])}
    case kinds.membership:
      return {kind: 'membership', ...position, membership: decodeMembership(rest)}
    default:
      throw foreign(`entry of kind ${String(kind)}`)
  }
}

export function encodeSnapshot({index, term, membership}: SnapshotMeta): readonly unknown[] {
  return [index, term, ...encodeMembership(membership)]
}

export function decodeSnapshot([index, term, ...membership]: readonly unknown[]): SnapshotMeta {
  return {index: integer(index), term: integer(term), membership: decodeMembership(membership)}
}

export function encodeMembership({voters, votersOutgoing, learners, learnersNext, autoLeave}: Membership) {
  return [voters, votersOutgoing, learners, learnersNext, autoLeave] as const
}

export function decodeMembership([voters, outgoing, learners, next, autoLeave]: readonly unknown[]): Membership {
  return {
    voters: nodes(voters),
    votersOutgoing: nodes(outgoing),
    learners: nodes(learners),
    learnersNext: nodes(next),
    autoLeave: flag(autoLeave),
  }
}

function nodes(value: unknown): NodeId[] {
  return list(value).map((id) => nodeId(integer(id)))
}

function integer(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw foreign(`${typeof value} in place of a number`)
}

function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw foreign(`${typeof value} in place of a flag`)
}

function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw foreign(`${typeof value} in place of bytes`)
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw foreign(`${typeof value} in place of a list`)
}

function foreign(what: string): CodedError {
  return new CodedError('RPC_PARAM_ERROR', `raft: ${what}`)
}
