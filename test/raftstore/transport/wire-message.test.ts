import fc from 'fast-check'
import {Packr} from 'msgpackr'
import {describe, expect, it} from 'vitest'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import type {Entry} from '../../../src/raft/entry.js'
import {membershipOf} from '../../../src/raft/membership.js'
import type {Message} from '../../../src/raft/message.js'
import {decodePacket, encodePacket, type GroupMessage} from '../../../src/raftstore/transport/wire-message.js'
import {property} from '../../harness/property.js'
import {anyPacket} from '../../harness/raft-values.js'

const packr = new Packr({useRecords: false})
const addressed = {from: nodeId(1), to: nodeId(2), term: 7}
const membership = {...membershipOf([nodeId(1), nodeId(2)], [nodeId(3)]), votersOutgoing: [nodeId(1)], autoLeave: true}
const entries: readonly Entry[] = [
  {kind: 'empty', index: 11, term: 6},
  {kind: 'command', index: 12, term: 7, payload: Uint8Array.of(0, 255, 3)},
  {kind: 'command', index: 13, term: 7, payload: new Uint8Array(0)},
  {kind: 'membership', index: 2 ** 53 - 1, term: 7, membership},
]
const messages: readonly Message[] = [
  {...addressed, type: 'vote', lastIndex: 10, lastTerm: 6, isTransfer: true},
  {...addressed, type: 'pre-vote', lastIndex: 10, lastTerm: 6, isTransfer: false},
  {...addressed, type: 'vote-reply', isGranted: true, committed: {index: 9, term: 6}},
  {...addressed, type: 'pre-vote-reply', isGranted: false, committed: {index: 0, term: 0}},
  {...addressed, type: 'append', previousIndex: 10, previousTerm: 6, commit: 9, entries},
  {...addressed, type: 'append-accepted', index: 13},
  {...addressed, type: 'append-rejected', index: 13, hintIndex: 4, hintTerm: 2},
  {...addressed, type: 'heartbeat', commit: 9, round: 3},
  {...addressed, type: 'heartbeat-reply', round: 3},
  {...addressed, type: 'snapshot', snapshot: {index: 100, term: 5, membership}},
  {...addressed, type: 'timeout-now'},
  {...addressed, type: 'read-index', context: 5},
  {...addressed, type: 'read-index-reply', context: 5, index: 9},
]

describe('a packet', () => {
  it.each(messages.map((message) => [message.type, message] as const))('brings %s as it was', (_type, message) => {
    const [item] = decodePacket(encodePacket([{group: partitionId(2 ** 32 - 1), message}]))
    expect(item?.group).toBe(2 ** 32 - 1)
    expect(withPlainBytes(item?.message)).toEqual(withPlainBytes(message))
  })

  it('brings messages of many groups in their order', () => {
    const all = messages.map((message, at) => ({group: partitionId(at + 1), message}))
    expect(decodePacket(encodePacket(all)).map(({group, message}) => [group, message.type])).toEqual(
      all.map(({group, message}) => [group, message.type]),
    )
  })

  property('brings whatever there is to say', [anyPacket], (packet) => {
    const plain = (all: readonly GroupMessage[]) =>
      all.map(({group, message}) => ({group, message: withPlainBytes(message)}))
    expect(plain(decodePacket(encodePacket(packet)))).toEqual(plain(packet))
  })

  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), {minLength: 1, maxLength: 3})

  property(
    'that was damaged is refused, or says something else, and does no harm',
    [anyPacket, damage],
    (packet, places) => {
      const bytes = encodePacket(packet)
      for (const [at, byte] of places) bytes[at % bytes.length] = byte
      expectWholeOrRefused(bytes)
    },
  )

  property('that was cut off is refused whole', [anyPacket, fc.nat()], (packet, cut) => {
    const bytes = encodePacket(packet)
    expect(() => decodePacket(bytes.subarray(0, cut % bytes.length))).toThrow(
      expect.objectContaining({errorName: 'RPC_PARAM_ERROR'}),
    )
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.from([0xc1, 0xff, 0x93])],
    ['another shape', Buffer.from([0x80])],
    ['a message of a later version', encodeRaw([[1, 99, 1, 2, 7]])],
    ['a term that is no number', encodeRaw([[1, 8, 1, 2, 'x', 9, 3]])],
    ['a negative index', encodeRaw([[1, 6, 1, 2, 7, -1]])],
    ['an entry without its payload', encodeRaw([[1, 5, 1, 2, 7, 10, 6, 9, [[1, 11, 7]]]])],
    ['an entry of a later version', encodeRaw([[1, 5, 1, 2, 7, 10, 6, 9, [[9, 11, 7]]]])],
    ['half a message', encodeRaw([[1, 5, 1, 2]])],
  ])('that holds %s is refused whole', (_what, bytes) => {
    expect(() => decodePacket(bytes)).toThrow(expect.objectContaining({errorName: 'RPC_PARAM_ERROR'}))
  })
})

/** Payloads are views of the packet: equal in content, not in class. */
function withPlainBytes(message: Message | undefined) {
  if (message?.type !== 'append') return message
  const entries = message.entries.map((entry) =>
    entry.kind === 'command' ? {...entry, payload: [...entry.payload]} : entry,
  )
  return {...message, entries}
}

/** What is understood can be said again: no number, name or list is other than messages have them. */
function expectWholeOrRefused(bytes: Buffer): void {
  let found: GroupMessage[]
  try {
    found = decodePacket(bytes)
  } catch (thrown) {
    expect(thrown).toMatchObject({errorName: 'RPC_PARAM_ERROR'})
    return
  }
  expect(numbersIn(found).every((each) => Number.isSafeInteger(each) && each >= 0)).toBe(true)
  expect(decodePacket(encodePacket(found)).length).toBe(found.length)
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

function encodeRaw(value: unknown): Buffer {
  return packr.pack(value)
}
