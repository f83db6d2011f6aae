/**
 * Decides what a transaction will do, before it does anything.
 *
 * All compares, those of nested transactions included, look at the state before the transaction; then every operation
 * that will run is checked against it. What has a plan cannot fail half-way.
 */
import {assert} from '../../errors/assert.js'
import {EtcdFault} from './faults.js'
import {checkRevision} from './range.js'
import type {KeyRecord} from './record.js'
import type {
  Compare,
  CompareResult,
  DeleteRequest,
  Operation,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from './requests.js'
import type {View} from './view.js'

export interface Plan {
  readonly type: 'plan'
  readonly succeeded: boolean
  readonly steps: readonly Step[]
}

export type Step = RangeRequest | PutRequest | DeleteRequest | Plan

/** Throws what a step would; of several faults that of a put first, as etcd has it. */
export function planTxn(view: View, request: TxnRequest): Plan {
  const plan = chooseBranches(view, request)
  const steps = flatten(plan)
  for (const step of steps) {
    if (step.type !== 'put') continue
    checkKept(view, step)
    checkLease(view, step)
  }
  for (const step of steps) if (step.type === 'range') checkRevision(view, step.revision)
  return plan
}

function chooseBranches(view: View, request: TxnRequest): Plan {
  const succeeded = request.compare.every((compare) => holds(view, compare))
  const branch = succeeded ? request.success : request.failure
  return {type: 'plan', succeeded, steps: branch.map((operation) => stepOf(view, operation))}
}

function stepOf(view: View, operation: Operation): Step {
  if (operation.type === 'txn') return chooseBranches(view, operation)
  assert(operation.type !== 'empty', 'an operation without content was refused before')
  return operation
}

function flatten({steps}: Plan): Exclude<Step, Plan>[] {
  return steps.flatMap((step) => (step.type === 'plan' ? flatten(step) : [step]))
}

/** Whether neither branch can write; a transaction within counts as a write, as etcd has it. */
export function isReadOnly({success, failure}: TxnRequest): boolean {
  return [...success, ...failure].every(({type}) => type === 'range')
}

export function checkKept(view: View, put: PutRequest): void {
  if ((put.ignoreValue || put.ignoreLease) && view.get(put.key) === null) throw new EtcdFault('keyNotFound')
}

export function checkLease(view: View, {lease}: PutRequest): void {
  if (lease !== 0n && view.leaseTtl(lease) === null) throw new EtcdFault('leaseNotFound')
}

/** A range holds if all of its keys do. Without a key there is no value to compare; everything else is zero. */
function holds(view: View, compare: Compare): boolean {
  let isEmpty = true
  for (const record of view.scan(compare.range)) {
    isEmpty = false
    if (!recordHolds(record, compare)) return false
  }
  return !isEmpty || (compare.target !== 'value' && recordHolds(absent, compare))
}

const absent: KeyRecord = {
  key: Buffer.alloc(0),
  value: Buffer.alloc(0),
  createRevision: 0,
  modRevision: 0,
  version: 0,
  lease: 0n,
}

function recordHolds(record: KeyRecord, compare: Compare): boolean {
  switch (compare.target) {
    case 'value':
      return agrees(record.value.compare(compare.operand), compare.result)
    case 'lease':
      return agrees(Number(record.lease > compare.operand) - Number(record.lease < compare.operand), compare.result)
    default:
      return agrees(record[compare.target] - compare.operand, compare.result)
  }
}

function agrees(difference: number, result: CompareResult): boolean {
  switch (result) {
    case 'equal':
      return difference === 0
    case 'notEqual':
      return difference !== 0
    case 'greater':
      return difference > 0
    case 'less':
      return difference < 0
  }
}
