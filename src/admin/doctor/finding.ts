import type {PartitionId} from '../../entity/ids.js'
import type {Message, Plain} from '../messages/message.js'
import type {RaftSight} from '../picture/partition-sight.js'
import {type Known, sourceOfRecord} from '../picture/record.js'
import type {Source} from '../picture/source.js'

/** `critical`: data cannot be written or read, or may be lost. `warning`: less safe than it should be. `note`: good to know. */
export const severities = ['critical', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

export interface Subject {
  readonly kind:
    | 'cluster'
    | 'partition'
    | 'node'
    | 'space'
    | 'db'
    | 'alias'
    | 'sequence'
    | 'lock'
    | 'key'
    | 'master'
    | 'config'
  readonly name: string
}

/** What a source says, in words that no language changes: the names of fields and their values. */
export interface Evidence {
  readonly says: Readonly<Record<string, Plain>>
  readonly source: Source
}

export interface Finding {
  /** `VC101`. */
  readonly code: string
  readonly severity: Severity
  readonly subject: Subject
  readonly message: Message
  readonly evidence: readonly Evidence[]
  /** The exact next command. */
  readonly next: string
}

/** What a check returns: the registry knows its code and its usual severity. */
export type Found = Omit<Finding, 'code' | 'severity'> & {readonly severity?: Severity}

export function subjectText({kind, name}: Subject): string {
  return kind === 'cluster' ? 'cluster' : `${kind} ${name}`
}

/** The same for as long as it is the same fault of the same thing. */
export function findingText({code, subject}: Pick<Finding, 'code' | 'subject'>): string {
  return `${code} ${subjectText(subject)}`
}

export const ofPartition = (id: PartitionId): Subject => ({kind: 'partition', name: String(id)})
export const ofNode = (id: number): Subject => ({kind: 'node', name: String(id)})
export const ofSpace = (name: string): Subject => ({kind: 'space', name})
export const ofCluster: Subject = {kind: 'cluster', name: ''}

export function evidence(source: Source, says: Evidence['says']): Evidence {
  return {source, says}
}

export function recordSays(record: Pick<Known<unknown>, 'key' | 'modRevision'>, says: Evidence['says']): Evidence {
  return {source: sourceOfRecord(record), says}
}

/** Nothing where no member was heard. */
export function raftSays(raft: RaftSight | null): Evidence[] {
  if (raft === null) return []
  const {by, leader, term, members} = raft
  return [evidence({from: 'node', node: by, question: 'raft_status'}, {leader, term, members})]
}
