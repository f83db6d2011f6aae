/**
 * Carries out what has been checked. Nothing in here can be refused any more.
 */
import type {Draft} from './draft.js'
import type {Plan, Step} from './plan.js'
import {readRange} from './range.js'
import type {DeleteReply, DeleteRequest, PutReply, PutRequest, Reply, TxnReply} from './requests.js'
import type {View} from './view.js'

export function executePut(draft: Draft, request: PutRequest): PutReply {
  const before = draft.get(request.key)
  const value = request.ignoreValue && before !== null ? before.value : request.value
  const lease = request.ignoreLease && before !== null ? before.lease : request.lease
  const revision = draft.put(request.key, value, lease, before)
  return {type: 'put', revision, previous: request.wantsPrevious ? before : null}
}

export function executeDelete(draft: Draft, request: DeleteRequest): DeleteReply {
  const records = [...draft.scan(request.range)]
  for (const record of records) draft.delete(record)
  return {
    type: 'delete',
    revision: draft.revision,
    deleted: records.length,
    previous: request.wantsPrevious ? records : [],
  }
}

export function executePlan(draft: Draft, {succeeded, steps}: Plan): TxnReply {
  const replies = steps.map((step) => executeStep(draft, step))
  return {type: 'txn', revision: draft.revision, succeeded, replies}
}

/** For a transaction that only reads. */
export function readPlan(view: View, {succeeded, steps}: Plan): TxnReply {
  const replies = steps.flatMap((step) => (step.type === 'range' ? [readRange(view, step)] : []))
  return {type: 'txn', revision: view.revision, succeeded, replies}
}

function executeStep(draft: Draft, step: Step): Reply {
  switch (step.type) {
    case 'range':
      return readRange(draft, step)
    case 'put':
      return executePut(draft, step)
    case 'delete':
      return executeDelete(draft, step)
    case 'plan':
      return executePlan(draft, step)
  }
}
