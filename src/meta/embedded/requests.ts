/**
 * Requests and replies as etcd's KV service has them, without the wire.
 */
import type {KeyRange} from './key-range.js'
import type {KeyRecord} from './record.js'

export const sortOrders = ['none', 'ascend', 'descend'] as const
export type SortOrder = (typeof sortOrders)[number]
export const sortTargets = ['key', 'version', 'createRevision', 'modRevision', 'value'] as const
export type SortTarget = (typeof sortTargets)[number]

export interface RangeRequest {
  readonly type: 'range'
  readonly range: KeyRange
  /** 0 is no limit. */
  readonly limit: number
  /** 0 is now. */
  readonly revision: number
  readonly sortOrder: SortOrder
  readonly sortTarget: SortTarget
  readonly keysOnly: boolean
  readonly countOnly: boolean
  /** Inclusive bounds; 0 is no bound. */
  readonly minModRevision: number
  readonly maxModRevision: number
  readonly minCreateRevision: number
  readonly maxCreateRevision: number
}

export interface PutRequest {
  readonly type: 'put'
  readonly key: Buffer
  readonly value: Buffer
  /** 0n is none. */
  readonly lease: bigint
  readonly wantsPrevious: boolean
  /** Keep the value, or the lease, that the key has. */
  readonly ignoreValue: boolean
  readonly ignoreLease: boolean
}

export interface DeleteRequest {
  readonly type: 'delete'
  readonly range: KeyRange
  readonly wantsPrevious: boolean
}

export type CompareResult = 'equal' | 'greater' | 'less' | 'notEqual'

export type Compare = {readonly range: KeyRange; readonly result: CompareResult} & (
  | {readonly target: 'version' | 'createRevision' | 'modRevision'; readonly operand: number}
  | {readonly target: 'value'; readonly operand: Buffer}
  | {readonly target: 'lease'; readonly operand: bigint}
)

export interface TxnRequest {
  readonly type: 'txn'
  readonly compare: readonly Compare[]
  readonly success: readonly Operation[]
  readonly failure: readonly Operation[]
}

/** `empty`: an operation of the wire with nothing in it. */
export type Operation = RangeRequest | PutRequest | DeleteRequest | TxnRequest | {readonly type: 'empty'}

export interface RangeReply {
  readonly type: 'range'
  readonly revision: number
  readonly records: readonly KeyRecord[]
  readonly more: boolean
  /** Keys in the range, whatever the limit and the bounds. */
  readonly count: number
}

export interface PutReply {
  readonly type: 'put'
  readonly revision: number
  readonly previous: KeyRecord | null
}

export interface DeleteReply {
  readonly type: 'delete'
  readonly revision: number
  readonly deleted: number
  readonly previous: readonly KeyRecord[]
}

export interface TxnReply {
  readonly type: 'txn'
  readonly revision: number
  readonly succeeded: boolean
  readonly replies: readonly Reply[]
}

export type Reply = RangeReply | PutReply | DeleteReply | TxnReply

export const everythingOf = (range: KeyRange): RangeRequest => ({
  type: 'range',
  range,
  limit: 0,
  revision: 0,
  sortOrder: 'none',
  sortTarget: 'key',
  keysOnly: false,
  countOnly: false,
  minModRevision: 0,
  maxModRevision: 0,
  minCreateRevision: 0,
  maxCreateRevision: 0,
})
