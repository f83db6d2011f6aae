/**
 * Is the cluster fine? One word, how much of it can be written and read, and the reasons.
 *
 * `CRITICAL` needs proof: a partition that certainly cannot be written or read. `UNKNOWN` is when nobody was heard who could tell,
 * and stands before `DEGRADED` and `OK`: a cluster is never fine because nobody answered.
 */
import type {PartitionId} from '../../entity/ids.js'
import {exitCode} from '../../errors/codes.js'
import {type Message, say} from '../messages/message.js'
import {type NodeState, nodeState} from '../nodes/node-line.js'
import {type PartitionState, partitionStates} from '../partitions/partition-row.js'
import {standingOf} from '../partitions/standing.js'
import {intendedReplicas} from '../picture/partition-sight.js'
import {type ClusterPicture, hasHeardNodes} from '../picture/picture.js'
import {isServing} from '../picture/sight-facts.js'

export const healthWords = ['OK', 'DEGRADED', 'CRITICAL', 'UNKNOWN'] as const
export type HealthWord = (typeof healthWords)[number]

export interface Health {
  readonly word: HealthWord
  readonly writable: Share
  readonly readable: Share
  readonly partitions: Readonly<Record<PartitionState, number>>
  readonly nodes: Readonly<Record<NodeState, number>>
  readonly reasons: readonly Message[]
}

/** `of` counts the partitions that spaces list; those of which it is not known are not in `count`. */
export interface Share {
  readonly count: number
  readonly of: number
  readonly unknown: number
}

const examplesMax = 5

export const healthExit: Readonly<Record<HealthWord, number>> = {
  OK: exitCode.ok,
  DEGRADED: exitCode.degraded,
  CRITICAL: exitCode.critical,
  UNKNOWN: exitCode.unreachable,
}

export function healthOf(picture: ClusterPicture): Health {
  const count = countPartitions(picture)
  const nodes = countNodes(picture)
  const {reasons: nodeReasons} = nodes
  const isUnheard = picture.metadata.servers.size > 0 && !hasHeardNodes(picture)
  const others = [...sourceReasons(picture), ...nodeReasons]
  const unheard = isUnheard ? [say('health.unheard')] : []
  return {
    word: wordOf(count, isUnheard, others.length > 0),
    writable: count.writable,
    readable: count.readable,
    partitions: count.byState,
    nodes: nodes.byState,
    reasons: [...count.reasons, ...unheard, ...others],
  }
}

function wordOf({writable, readable, byState}: PartitionCount, isUnheard: boolean, hasReasons: boolean): HealthWord {
  const certainlyNot = ({count, of, unknown}: Share) => of - unknown - count
  if (certainlyNot(writable) > 0 || certainlyNot(readable) > 0) return 'CRITICAL'
  if (isUnheard || writable.unknown > 0 || readable.unknown > 0) return 'UNKNOWN'
  const isWhole = partitionStates.every((state) => state === 'ok' || byState[state] === 0)
  return isWhole && !hasReasons ? 'OK' : 'DEGRADED'
}

interface PartitionCount {
  readonly writable: Share
  readonly readable: Share
  readonly byState: Record<PartitionState, number>
  readonly reasons: readonly Message[]
}

function countPartitions(picture: ClusterPicture): PartitionCount {
  const byState: Record<PartitionState, number> = {
    unknown: 0,
    orphan: 0,
    lost: 0,
    leaderless: 0,
    mismatch: 0,
    degraded: 0,
    ok: 0,
  }
  const examples = new Map<PartitionState, PartitionId[]>()
  const [writable, readable] = [new Tally(), new Tally()]
  for (const sight of picture.partitions.values()) {
    const standing = standingOf(sight, picture)
    byState[standing.state]++
    keepExample(examples, standing.state, sight.id)
    // one that is being created serves nobody yet, an orphan never will
    if (!isServing(sight)) continue
    writable.add(sight.id, standing.writable)
    readable.add(sight.id, standing.readable)
  }
  const reasons = [
    ...(writable.failed === 0 ? [] : [say('health.unwritable', {count: writable.failed, examples: writable.examples})]),
    ...(readable.failed === 0 ? [] : [say('health.unreadable', {count: readable.failed, examples: readable.examples})]),
    ...partitionStates
      .filter((state) => state !== 'ok' && byState[state] > 0)
      .map((state) => say('health.partitions', {count: byState[state], state, examples: examples.get(state) ?? []})),
  ]
  return {writable: writable.share(), readable: readable.share(), byState, reasons}
}

class Tally {
  failed = 0
  readonly examples: PartitionId[] = []
  #count = 0
  #unknown = 0

  add(id: PartitionId, holds: boolean | null): void {
    if (holds === true) this.#count++
    else if (holds === null) this.#unknown++
    else {
      this.failed++
      if (this.examples.length < examplesMax) this.examples.push(id)
    }
  }

  share(): Share {
    return {count: this.#count, of: this.#count + this.#unknown + this.failed, unknown: this.#unknown}
  }
}

function keepExample(examples: Map<PartitionState, PartitionId[]>, state: PartitionState, id: PartitionId): void {
  const known = examples.get(state)
  if (known === undefined) examples.set(state, [id])
  else if (known.length < examplesMax) known.push(id)
}

/** Also those that partitions name and no record does: a server whose lease has ended, before a master has written down that it failed. */
function countNodes(picture: ClusterPicture): {byState: Record<NodeState, number>; reasons: readonly Message[]} {
  const byState: Record<NodeState, number> = {up: 0, leased: 0, silent: 0, impostor: 0, failed: 0, ghost: 0}
  const reasons: Message[] = []
  const {servers, failServers} = picture.metadata
  const nodes = new Set([...servers.keys(), ...failServers.keys()])
  for (const sight of picture.partitions.values()) for (const node of intendedReplicas(sight)) nodes.add(node)
  for (const node of nodes) {
    const state = nodeState(node, picture)
    byState[state]++
    if (state !== 'up' && state !== 'leased') reasons.push(say('health.node', {node, state}))
  }
  return {byState, reasons}
}

function sourceReasons({masters, store, metadata}: ClusterPicture): readonly Message[] {
  const asked = (reason: string) => reason !== 'notAsked'
  const silentMasters = masters.flatMap((answer) => {
    if (answer.told || !asked(answer.silence.reason)) return []
    const master = answer.source.from === 'master' ? answer.source.master : ''
    return [say('health.master', {master, detail: answer.silence.detail})]
  })
  const unreadable = [...metadata.broken.keys()]
  return [
    ...silentMasters,
    ...(store.told || !asked(store.silence.reason) ? [] : [say('health.store', {detail: store.silence.detail})]),
    ...(unreadable.length === 0
      ? []
      : [say('health.records', {count: unreadable.length, examples: unreadable.slice(0, examplesMax)})]),
  ]
}
