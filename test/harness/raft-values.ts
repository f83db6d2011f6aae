/** Any of the values that groups of replicas exchange and keep. */
import fc from 'fast-check'
import {nodeId, partitionId} from '../../src/entity/ids.js'
import type {Entry} from '../../src/raft/entry.js'
import {type Membership, membershipOf} from '../../src/raft/membership.js'
import type {Message} from '../../src/raft/message.js'
import type {GroupMessage} from '../../src/raftstore/transport/wire-message.js'

const index = fc.oneof(fc.nat(300), fc.maxSafeNat())
export const anyNode = fc.integer({min: 1, max: 2 ** 32 - 1}).map(nodeId)
const nodes = fc.uniqueArray(anyNode, {maxLength: 4})
const sortedNodes = nodes.map((some) => some.toSorted((a, b) => a - b))

export const anyMembership: fc.Arbitrary<Membership> = fc
  .tuple(sortedNodes, sortedNodes, sortedNodes, sortedNodes, fc.boolean())
  .map(([voters, votersOutgoing, learners, learnersNext, autoLeave]) => ({
    ...membershipOf(voters, learners),
    votersOutgoing,
    learnersNext,
    autoLeave,
  }))

/** A command begins with the version of its format and never with a zero. */
export const anyCommand = fc
  .tuple(fc.integer({min: 1, max: 255}), fc.uint8Array({maxLength: 40}))
  .map(([first, rest]) => Uint8Array.of(first, ...rest))

const position = {index, term: index}
export const anyEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({kind: fc.constant('empty'), ...position}),
  fc.record({kind: fc.constant('command'), ...position, payload: anyCommand}),
  fc.record({kind: fc.constant('membership'), ...position, membership: anyMembership}),
)

const addressed = {from: anyNode, to: anyNode, term: index}
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constantFrom('vote', 'pre-vote'),
    ...addressed,
    lastIndex: index,
    lastTerm: index,
    isTransfer: fc.boolean(),
  }),
  fc.record({
    type: fc.constantFrom('vote-reply', 'pre-vote-reply'),
    ...addressed,
    isGranted: fc.boolean(),
    committed: fc.record({index, term: index}),
  }),
  fc.record({
    type: fc.constant('append'),
    ...addressed,
    previousIndex: index,
    previousTerm: index,
    commit: index,
    entries: fc.array(anyEntry, {maxLength: 4}),
  }),
  fc.record({type: fc.constant('append-accepted'), ...addressed, index}),
  fc.record({type: fc.constant('append-rejected'), ...addressed, index, hintIndex: index, hintTerm: index}),
  fc.record({type: fc.constant('heartbeat'), ...addressed, commit: index, round: index}),
  fc.record({type: fc.constant('heartbeat-reply'), ...addressed, round: index}),
  fc.record({
    type: fc.constant('snapshot'),
    ...addressed,
    snapshot: fc.record({index, term: index, membership: anyMembership}),
  }),
  fc.record({type: fc.constant('timeout-now'), ...addressed}),
  fc.record({type: fc.constant('read-index'), ...addressed, context: index}),
  fc.record({type: fc.constant('read-index-reply'), ...addressed, context: index, index}),
)

export const anyPacket: fc.Arbitrary<GroupMessage[]> = fc.array(
  fc.record({group: fc.nat(2 ** 32 - 1).map(partitionId), message: anyMessage}),
  {maxLength: 5},
)
