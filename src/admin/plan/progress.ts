/** Whether what a plan wants is so: a step that is done already, an expectation that is not met, a condition that is stale. */

import {sameNodes} from '../../entity/partition.js'
import {checkOf, findingsOf} from '../doctor/doctor.js'
import {subjectText} from '../doctor/finding.js'
import {type Message, say} from '../messages/message.js'
import {asWritten} from '../meta/value-fault.js'
import type {Metadata} from '../picture/metadata.js'
import type {ClusterPicture} from '../picture/picture.js'
import {readableAt, recordAt} from '../picture/record-at.js'
import {Layout} from './layout.js'
import type {Plan, Precondition, Step, Verify} from './plan.js'
import {decodedText, recordText} from './record-text.js'

export interface StaleKey extends Precondition {
  /** 0: it is gone. */
  readonly now: number
}

/** Of the keys that the plan touches first at `fromStep` or later. */
export function staleKeys({preconditions}: Plan, metadata: Metadata, fromStep = 0): StaleKey[] {
  return preconditions
    .filter(({step}) => step >= fromStep)
    .map((condition) => ({...condition, now: recordAt(metadata, condition.key)?.modRevision ?? 0}))
    .filter(({modRevision, now}) => modRevision !== now)
}

export function isDone(step: Step, picture: ClusterPicture): boolean {
  if (step.do === 'forgetNode') return !picture.metadata.failServers.has(step.node)
  if (step.do === 'writeRecord') return textAt(picture.metadata, step.key) === asDecoded(step, picture.metadata)
  const seats = new Layout(picture).of(step.partition)
  if (seats === undefined) return false
  const {replicas, leader} = seats
  switch (step.do) {
    case 'moveReplica':
      return replicas.includes(step.to) && !replicas.includes(step.from)
    case 'addReplica':
      return replicas.includes(step.node)
    case 'removeReplica':
      return !replicas.includes(step.node)
    case 'transferLeader':
      return leader === step.to
  }
}

export function unmet({verify}: Plan, picture: ClusterPicture): Message[] {
  const layout = new Layout(picture)
  const found = new Map<string, ReadonlySet<string>>()
  const subjectsOf = (code: string): ReadonlySet<string> => {
    const subjects =
      found.get(code) ?? new Set(findingsOf(checkOf(code), picture).map(({subject}) => subjectText(subject)))
    found.set(code, subjects)
    return subjects
  }
  return verify.flatMap((expected) => failureOf(expected, picture, layout, subjectsOf) ?? [])
}

function failureOf(
  expected: Verify,
  picture: ClusterPicture,
  layout: Layout,
  subjectsOf: (code: string) => ReadonlySet<string>,
): Message | null {
  switch (expected.expect) {
    case 'replicas': {
      const {partition, replicas} = expected
      const has = layout.of(partition)?.replicas ?? []
      return sameNodes(has, replicas) ? null : say('verify.replicas', {partition, replicas, has})
    }
    case 'leader': {
      const {partition, leader} = expected
      const has = layout.of(partition)?.leader ?? null
      return has === leader ? null : say('verify.leader', {partition, leader, has})
    }
    case 'cured': {
      const {code, subject} = expected
      return subjectsOf(code).has(subject) ? say('verify.cured', {code, subject}) : null
    }
    case 'record':
      return textAt(picture.metadata, expected.key) === expected.value
        ? null
        : say('verify.record', {key: expected.key})
  }
}

/** A plan may hold a record as somebody else has spelled it. */
function asDecoded({key, after}: Step & {readonly do: 'writeRecord'}, {keys}: Metadata): string | null {
  return after === null ? null : decodedText(keys, asWritten(key, new TextEncoder().encode(after)))
}

function textAt(metadata: Metadata, key: string): string | null {
  const known = readableAt(metadata, key)
  return known === undefined ? null : recordText(known.value)
}
