/**
 * What can be refused from the request alone, before anything is read.
 */
import {EtcdFault} from './faults.js'
import {contains, type KeyRange} from './key-range.js'
import type {DeleteRequest, Operation, PutRequest, RangeRequest, TxnRequest} from './requests.js'

/** LMDB's limit is 1978, of which a lease's index takes eight. */
const keyBytesMax = 1_900
const operationsMax = 128

export function checkRange({range}: RangeRequest): void {
  checkKey(range.key)
}

export function checkPut(request: PutRequest): void {
  checkKey(request.key)
  if (request.key.length > keyBytesMax) throw new EtcdFault('keyTooLong')
  if (request.ignoreValue && request.value.length > 0) throw new EtcdFault('valueProvided')
  if (request.ignoreLease && request.lease !== 0n) throw new EtcdFault('leaseProvided')
}

export function checkDelete(request: DeleteRequest): void {
  checkKey(request.range.key)
}

export function checkTxn(request: TxnRequest): void {
  checkOperations(request, operationsMax)
  writesOf(request.success)
  writesOf(request.failure)
}

/** By what a request carries; the few bytes around it do not count. */
export function checkSize(request: PutRequest | TxnRequest, bytesMax: number): void {
  if (bytesOf(request) > bytesMax) throw new EtcdFault('requestTooLarge')
}

function bytesOf(operation: Operation): number {
  switch (operation.type) {
    case 'put':
      return operation.key.length + operation.value.length
    case 'txn': {
      const compared = operation.compare.map(({target, operand}) => (target === 'value' ? operand.length : 0))
      const operations = [...operation.success, ...operation.failure].map(bytesOf)
      return [...compared, ...operations].reduce((sum, bytes) => sum + bytes, 0)
    }
    default:
      return 0
  }
}

function checkKey(key: Buffer): void {
  if (key.length === 0) throw new EtcdFault('emptyKey')
}

/** Nested transactions share the allowance of their parents. */
function checkOperations({compare, success, failure}: TxnRequest, countMax: number): void {
  const count = Math.max(compare.length, success.length, failure.length)
  if (count > countMax) throw new EtcdFault('tooManyOperations')
  for (const {range} of compare) checkKey(range.key)
  for (const operation of [...success, ...failure]) checkOperation(operation, countMax - count)
}

function checkOperation(operation: Operation, nestedCountMax: number): void {
  switch (operation.type) {
    case 'range':
      checkRange(operation)
      break
    case 'put':
      checkPut(operation)
      break
    case 'delete':
      checkDelete(operation)
      break
    case 'txn':
      checkOperations(operation, nestedCountMax)
      break
    case 'empty':
      throw new EtcdFault('keyNotFound')
  }
}

interface Writes {
  readonly puts: ReadonlySet<string>
  readonly deletes: readonly KeyRange[]
}

/**
 * What a branch may write. Throws `duplicateKey` where one request could write a key twice. Of a delete "from the key on"
 * etcd 3.4 sees hardly anything here, and its process can die of what follows; ours counts like any other.
 */
function writesOf(branch: readonly Operation[]): Writes {
  const deletes = branch.flatMap((operation) => (operation.type === 'delete' ? [operation.range] : []))
  const puts = new Set<string>()
  const add = (names: Iterable<string>, exclusive: ReadonlySet<string>) => {
    for (const name of names) {
      if (puts.has(name) && !exclusive.has(name)) throw new EtcdFault('duplicateKey')
      const key = Buffer.from(name, 'latin1')
      if (deletes.some((range) => contains(range, key))) throw new EtcdFault('duplicateKey')
      puts.add(name)
    }
  }
  const none: ReadonlySet<string> = new Set()
  for (const operation of branch) {
    if (operation.type !== 'txn') continue
    const success = writesOf(operation.success)
    const failure = writesOf(operation.failure)
    add(success.puts, none)
    // Only one of the two branches runs, so both may write the same key.
    add(failure.puts, success.puts)
    deletes.push(...success.deletes, ...failure.deletes)
  }
  for (const operation of branch) if (operation.type === 'put') add([operation.key.toString('latin1')], none)
  return {puts, deletes}
}
