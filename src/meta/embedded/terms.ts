/**
 * The store's terms (`meta/store.ts`) and etcd's, translated.
 */
import {assert} from '../../errors/assert.js'
import {
  type KeyValue,
  leaseId,
  type OperationResult,
  type Compare as StoreCompare,
  type Operation as StoreOperation,
  type Transaction,
  type TransactionResult,
  type WatchEvent,
} from '../store.js'
import {prefixRange, singleKey} from './key-range.js'
import type {Change, KeyRecord} from './record.js'
import {type Compare, everythingOf, type Operation, type Reply, type TxnReply, type TxnRequest} from './requests.js'

export function keyValueOf(record: KeyRecord): KeyValue {
  const {createRevision, modRevision, version, lease} = record
  return {
    key: record.key.toString(),
    value: record.value,
    createRevision,
    modRevision,
    version,
    lease: lease === 0n ? null : leaseId(String(lease)),
  }
}

export function watchEventOf({key, revision, current}: Change): WatchEvent {
  if (current === null) return {type: 'delete', key: key.toString(), modRevision: revision}
  return {type: 'put', kv: keyValueOf(current)}
}

export function txnRequestOf({compare = [], then, otherwise = []}: Transaction): TxnRequest {
  return {
    type: 'txn',
    compare: compare.map(compareOf),
    success: then.map(operationOf),
    failure: otherwise.map(operationOf),
  }
}

function compareOf(compare: StoreCompare): Compare {
  const equal = {range: singleKey(compare.key), result: 'equal'} as const
  if (compare.target === 'value') return {...equal, target: 'value', operand: Buffer.from(compare.equals)}
  return {...equal, target: compare.target, operand: compare.equals}
}

function operationOf(operation: StoreOperation): Operation {
  switch (operation.type) {
    case 'put':
      return {
        type: 'put',
        key: Buffer.from(operation.key),
        value: Buffer.from(operation.value),
        lease: BigInt(operation.lease ?? 0),
        wantsPrevious: false,
        ignoreValue: false,
        ignoreLease: false,
      }
    case 'delete':
      return {type: 'delete', range: singleKey(operation.key), wantsPrevious: false}
    case 'deletePrefix':
      return {type: 'delete', range: prefixRange(operation.prefix), wantsPrevious: false}
    case 'get':
      return everythingOf(singleKey(operation.key))
  }
}

export function transactionResult({succeeded, revision, replies}: TxnReply): TransactionResult {
  return {succeeded, revision, results: replies.map(resultOf)}
}

function resultOf(reply: Reply): OperationResult {
  switch (reply.type) {
    case 'put':
      return {type: 'put'}
    case 'delete':
      return {type: 'delete', deleted: reply.deleted}
    case 'range': {
      const [record] = reply.records
      return {type: 'get', kv: record === undefined ? null : keyValueOf(record)}
    }
    case 'txn':
      assert(false, 'a transaction of the store has none within')
  }
}
