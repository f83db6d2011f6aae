/**
 * gRPC messages to requests, replies to messages. Every cast of a decoded message is here.
 */
import {EtcdFault} from '../faults.js'
import type {KeyRange} from '../key-range.js'
import type {Identity} from '../mvcc-store.js'
import type {Change, KeyRecord} from '../record.js'
import {
  type Compare,
  type CompareResult,
  type DeleteRequest,
  type Operation,
  type PutRequest,
  type RangeRequest,
  type Reply,
  type SortOrder,
  type SortTarget,
  sortOrders,
  sortTargets,
  type TxnRequest,
} from '../requests.js'

/** A 64-bit integer in decimal. */
type Long = string

interface WireRange {
  readonly key: Buffer
  readonly end: Buffer
  readonly limit: Long
  readonly revision: Long
  readonly sortOrder: SortOrder
  readonly sortTarget: SortTarget
  readonly keysOnly: boolean
  readonly countOnly: boolean
  readonly minModRevision: Long
  readonly maxModRevision: Long
  readonly minCreateRevision: Long
  readonly maxCreateRevision: Long
}

interface WirePut {
  readonly key: Buffer
  readonly value: Buffer
  readonly lease: Long
  readonly wantsPrevious: boolean
  readonly ignoreValue: boolean
  readonly ignoreLease: boolean
}

interface WireDelete {
  readonly key: Buffer
  readonly end: Buffer
  readonly wantsPrevious: boolean
}

interface WireCompare {
  readonly key: Buffer
  readonly end: Buffer
  readonly result: CompareResult
  readonly target: Compare['target']
  readonly version?: Long
  readonly createRevision?: Long
  readonly modRevision?: Long
  readonly value?: Buffer
  readonly lease?: Long
}

/** `type` names the one field that is there. */
interface WireOperation {
  readonly type?: 'range' | 'put' | 'delete' | 'txn'
  readonly range: WireRange
  readonly put: WirePut
  readonly delete: WireDelete
  readonly txn: WireTxn
}

interface WireTxn {
  readonly compare: readonly WireCompare[]
  readonly success: readonly WireOperation[]
  readonly failure: readonly WireOperation[]
}

export interface WireWatchCreate {
  readonly key: Buffer
  readonly end: Buffer
  readonly startRevision: Long
  readonly progressNotify: boolean
  readonly filters: readonly ('noPut' | 'noDelete')[]
  readonly wantsPrevious: boolean
  readonly watchId: Long
  readonly fragment: boolean
}

/** `type` names the one field that is there. */
export interface WireWatchRequest {
  readonly type?: 'create' | 'cancel' | 'progress'
  readonly create: WireWatchCreate
  readonly cancel: {readonly watchId: Long}
}

export interface WireHeader {
  readonly clusterId?: Long
  readonly memberId?: Long
  readonly revision: number
  readonly raftTerm?: number
}

export function headerOf({clusterId, memberId, term}: Identity, revision: number): WireHeader {
  return {clusterId: String(clusterId), memberId: String(memberId), revision, raftTerm: term}
}

export function rangeRequestOf(message: object): RangeRequest {
  const wire = message as WireRange
  // An unknown number of an enum arrives as that number.
  if (!sortOrders.includes(wire.sortOrder) || !sortTargets.includes(wire.sortTarget)) {
    throw new EtcdFault('invalidSortOption')
  }
  const {sortOrder, sortTarget, keysOnly, countOnly} = wire
  return {
    type: 'range',
    range: keyRangeOf(wire),
    limit: Number(wire.limit),
    revision: Number(wire.revision),
    sortOrder,
    sortTarget,
    keysOnly,
    countOnly,
    minModRevision: Number(wire.minModRevision),
    maxModRevision: Number(wire.maxModRevision),
    minCreateRevision: Number(wire.minCreateRevision),
    maxCreateRevision: Number(wire.maxCreateRevision),
  }
}

export function putRequestOf(message: object): PutRequest {
  const wire = message as WirePut
  return {...wire, type: 'put', lease: BigInt(wire.lease)}
}

export function deleteRequestOf(message: object): DeleteRequest {
  const wire = message as WireDelete
  return {type: 'delete', range: keyRangeOf(wire), wantsPrevious: wire.wantsPrevious}
}

export function txnRequestOf(message: object): TxnRequest {
  const wire = message as WireTxn
  return {
    type: 'txn',
    compare: wire.compare.map(compareOf),
    success: wire.success.map(operationOf),
    failure: wire.failure.map(operationOf),
  }
}

/** What a target is compared with is zero or empty where the request names none. */
function compareOf(wire: WireCompare): Compare {
  const {target, result} = wire
  const compare = {range: keyRangeOf(wire), result}
  switch (target) {
    case 'value':
      return {...compare, target, operand: wire.value ?? Buffer.alloc(0)}
    case 'lease':
      return {...compare, target, operand: BigInt(wire.lease ?? 0)}
    default:
      return {...compare, target, operand: Number(wire[target] ?? 0)}
  }
}

function operationOf(wire: WireOperation): Operation {
  switch (wire.type) {
    case 'range':
      return rangeRequestOf(wire.range)
    case 'put':
      return putRequestOf(wire.put)
    case 'delete':
      return deleteRequestOf(wire.delete)
    case 'txn':
      return txnRequestOf(wire.txn)
    default:
      return {type: 'empty'}
  }
}

export function keyRangeOf({key, end}: {readonly key: Buffer; readonly end: Buffer}): KeyRange {
  return {key, end}
}

/** Replies within a transaction name its revision and nobody; nested transactions not even that, as etcd has it. */
export function replyMessage(reply: Reply, header: WireHeader = {revision: reply.revision}): object {
  switch (reply.type) {
    case 'range':
      return {header, kvs: reply.records.map(kvMessage), more: reply.more, count: reply.count}
    case 'put':
      return {header, ...(reply.previous === null ? {} : {previous: kvMessage(reply.previous)})}
    case 'delete':
      return {header, deleted: reply.deleted, previous: reply.previous.map(kvMessage)}
    case 'txn':
      return {
        header,
        succeeded: reply.succeeded,
        replies: reply.replies.map((inner) => ({
          [inner.type]: inner.type === 'txn' ? replyMessage(inner, {revision: 0}) : replyMessage(inner),
        })),
      }
  }
}

function kvMessage({lease, ...record}: KeyRecord): object {
  return {...record, lease: String(lease)}
}

export function eventMessage({key, revision, current, previous}: Change, wantsPrevious: boolean): object {
  return {
    type: current === null ? 'delete' : 'put',
    kv: current === null ? {key, modRevision: revision} : kvMessage(current),
    ...(wantsPrevious && previous !== null ? {previous: kvMessage(previous)} : {}),
  }
}
