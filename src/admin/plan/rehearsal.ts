/**
 * What a plan would do, before it does it: the health and the findings of the cluster before and after, how thin it gets on the
 * way, and what it costs. Pure; the cluster is the picture.
 */
import type {NodeId, PartitionId} from '../../entity/ids.js'
import {examine} from '../doctor/doctor.js'
import {type Finding, subjectText} from '../doctor/finding.js'
import {type Health, healthOf} from '../health/health.js'
import {replicasByNode} from '../picture/node-load.js'
import {bytesOf} from '../picture/partition-sight.js'
import {type ClusterPicture, isAlive} from '../picture/picture.js'
import {Layout} from './layout.js'
import type {Plan} from './plan.js'
import {simulate} from './simulation.js'

export interface Rehearsal {
  readonly before: Health
  readonly after: Health
  readonly cured: readonly Finding[]
  readonly caused: readonly Finding[]
  /** Partitions that the plan touches. */
  readonly partitions: readonly PartitionId[]
  /** Steps at which a partition has no live replica to spare for its majority. */
  readonly thin: readonly {
    readonly step: number
    readonly partition: PartitionId
    readonly live: number
    readonly of: number
  }[]
  /** To copy between servers; null where a size was not told. */
  readonly bytes: number | null
  readonly nodes: readonly {readonly node: NodeId; readonly before: number; readonly after: number}[]
}

export function rehearse(picture: ClusterPicture, plan: Plan): Rehearsal {
  const after = simulate(picture, plan.steps)
  const [was, is] = [examine(picture), examine(after)]
  const [known, left] = [identities(was.findings), identities(is.findings)]
  return {
    before: healthOf(picture),
    after: healthOf(after),
    cured: was.findings.filter((finding) => !left.has(identity(finding))),
    caused: is.findings.filter((finding) => !known.has(identity(finding))),
    partitions: [...new Set(plan.steps.flatMap((step) => ('partition' in step ? [step.partition] : [])))],
    thin: thinMoments(picture, plan),
    bytes: bytesToCopy(picture, plan),
    nodes: nodeLoads(picture, after),
  }
}

function identity({code, subject}: Finding): string {
  return `${code} ${subjectText(subject)}`
}

function identities(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map(identity))
}

/** A move adds before it removes: it is as thin as its result. */
function thinMoments(picture: ClusterPicture, {steps}: Plan): Rehearsal['thin'] {
  const layout = new Layout(picture)
  return steps.flatMap((step, at) => {
    layout.apply(step)
    if (!('partition' in step) || step.do === 'transferLeader') return []
    const replicas = layout.of(step.partition)?.replicas ?? []
    const live = replicas.filter((node) => isAlive(picture, node)).length
    const majority = Math.floor(replicas.length / 2) + 1
    // one or two replicas never have one to spare: there only a loss is worth a word
    const isThin = replicas.length < 3 ? live < replicas.length : live <= majority
    return isThin ? [{step: at, partition: step.partition, live, of: replicas.length}] : []
  })
}

function bytesToCopy(picture: ClusterPicture, {steps}: Plan): number | null {
  let sum = 0
  for (const step of steps) {
    if (step.do !== 'moveReplica' && step.do !== 'addReplica') continue
    const sight = picture.partitions.get(step.partition)
    const bytes = sight === undefined ? null : bytesOf(sight)
    if (bytes === null) return null
    sum += bytes
  }
  return sum
}

function nodeLoads(picture: ClusterPicture, after: ClusterPicture): Rehearsal['nodes'] {
  const [was, is] = [replicasByNode(picture), replicasByNode(after)]
  const nodes = [...new Set([...was.keys(), ...is.keys()])].sort((a, b) => a - b)
  return nodes.map((node) => ({node, before: was.get(node) ?? 0, after: is.get(node) ?? 0}))
}
