/**
 * etcd's messages to and from the store's terms. Everything that knows their field names is here.
 */
import {
  CompareResult,
  CompareTarget,
  type ICompare,
  type IKeyValue,
  type IRangeRequest,
  type IRequestOp,
  type IResponseOp,
  type ITxnRequest,
  type ITxnResponse,
  type IWatchResponse,
} from 'etcd3'
import {
  type Compare,
  type KeyValue,
  leaseId,
  type Operation,
  type OperationResult,
  type Transaction,
  type TransactionResult,
  type WatchEvent,
} from './store.js'

const utf8 = new TextDecoder('utf-8', {ignoreBOM: true})

export function bytesOf(text: string | Uint8Array): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength)
}

/** The range of all keys that begin with `prefix`; the empty prefix is every key, which etcd writes as two zero bytes. */
export function prefixRange(prefix: string): {readonly key: Buffer; readonly range_end: Buffer} {
  if (prefix === '') return {key: Buffer.alloc(1), range_end: Buffer.alloc(1)}
  const key = Buffer.from(prefix)
  const end = Buffer.from(key)
  // UTF-8 never ends in 0xff, so the last byte can always be raised.
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1)
  return {key, range_end: end}
}

/** The first key after `key`, for the next page. */
export function successor(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)])
}

export function keyValueOf(kv: IKeyValue): KeyValue {
  return {
    key: utf8.decode(kv.key),
    value: kv.value,
    createRevision: Number(kv.create_revision),
    modRevision: Number(kv.mod_revision),
    version: Number(kv.version),
    lease: kv.lease === '0' ? null : leaseId(kv.lease),
  }
}

export function transactionRequest({compare = [], then, otherwise = []}: Transaction): ITxnRequest {
  return {compare: compare.map(compareRequest), success: then.map(requestOf), failure: otherwise.map(requestOf)}
}

function compareRequest(compare: Compare): ICompare {
  const equal = {key: bytesOf(compare.key), result: CompareResult.Equal}
  switch (compare.target) {
    case 'modRevision':
      return {...equal, target: CompareTarget.Mod, mod_revision: compare.equals}
    case 'createRevision':
      return {...equal, target: CompareTarget.Create, create_revision: compare.equals}
    case 'version':
      return {...equal, target: CompareTarget.Version, version: compare.equals}
    case 'value':
      return {...equal, target: CompareTarget.Value, value: bytesOf(compare.equals)}
  }
}

/** A single key has no `range_end` field at all: etcd takes an empty one for "every key from here on" (infra §1.6). */
function requestOf(operation: Operation): IRequestOp {
  switch (operation.type) {
    case 'put': {
      const {key, value, lease} = operation
      return {request_put: {key: bytesOf(key), value: bytesOf(value), ...(lease === undefined ? {} : {lease})}}
    }
    case 'delete':
      return {request_delete_range: {key: bytesOf(operation.key)}}
    case 'deletePrefix':
      return {request_delete_range: prefixRange(operation.prefix)}
    case 'get':
      return {request_range: {key: bytesOf(operation.key)}}
  }
}

export function transactionResult(transaction: Transaction, response: ITxnResponse): TransactionResult {
  const branch = (response.succeeded ? transaction.then : transaction.otherwise) ?? []
  return {
    succeeded: response.succeeded,
    revision: Number(response.header.revision),
    results: response.responses.map((reply, at) => operationResult(branch[at]?.type ?? 'put', reply)),
  }
}

function operationResult(type: Operation['type'], reply: IResponseOp): OperationResult {
  switch (type) {
    case 'put':
      return {type: 'put'}
    case 'delete':
    case 'deletePrefix':
      return {type: 'delete', deleted: Number(reply.response_delete_range.deleted)}
    case 'get': {
      const [kv] = reply.response_range.kvs
      return {type: 'get', kv: kv === undefined ? null : keyValueOf(kv)}
    }
  }
}

export function pageRequest(key: Buffer, end: Buffer, limit: number, revision: number | undefined, keysOnly: boolean) {
  return {
    key,
    range_end: end,
    limit,
    keys_only: keysOnly,
    ...(revision === undefined ? {} : {revision}),
  } satisfies IRangeRequest
}

export function watchEventsOf(response: IWatchResponse): WatchEvent[] {
  return response.events.map(({type, kv}) => {
    // The declared type spells it `Delete`, the wire `DELETE`.
    if (type.toUpperCase() !== 'DELETE') return {type: 'put', kv: keyValueOf(kv)}
    return {type: 'delete', key: utf8.decode(kv.key), modRevision: Number(kv.mod_revision)}
  })
}
