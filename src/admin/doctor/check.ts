/**
 * One question of the doctor: a pure function of the picture. It is told which sources it needs, so that an answer without
 * them is "not checked" and never "ok".
 */
import type {Message} from '../messages/message.js'
import type {Answer} from '../picture/answer.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {Found, Severity, Subject} from './finding.js'

export const sourceKinds = ['metadata', 'store', 'leases', 'masters', 'nodes', 'disks', 'config', 'backups'] as const
export type SourceKind = (typeof sourceKinds)[number]

export const groups = ['partitions', 'metadata', 'nodes', 'resources', 'configuration'] as const
export type Group = (typeof groups)[number]

export interface Check {
  readonly code: `VC${number}`
  readonly group: Group
  readonly severity: Severity
  readonly title: Message
  readonly explanation: Message
  /** Metadata is always there. */
  readonly needs: readonly SourceKind[]
  check(picture: ClusterPicture): readonly Found[]
}

/** A part of what a check needs that could not be asked. */
export interface Gap {
  readonly source: SourceKind
  /** Whom; null: all of them. */
  readonly subject: Subject | null
  readonly why: string
}

/** What is missing of `kind`. */
export function gapsOf(picture: ClusterPicture, kind: SourceKind): readonly Gap[] {
  const one = (answer: Answer<unknown>): Gap[] =>
    answer.told ? [] : [{source: kind, subject: null, why: `${answer.silence.reason}: ${answer.silence.detail}`}]
  switch (kind) {
    case 'metadata':
      return []
    case 'store':
      return one(picture.store)
    case 'leases':
      return one(picture.leases)
    case 'config':
      return one(picture.config)
    case 'backups':
      return one(picture.lastBackup)
    case 'disks':
      if (picture.disks.length === 0)
        return [{source: kind, subject: null, why: 'notAsked: no data directory is at hand'}]
      return picture.disks.flatMap(one)
    case 'masters': {
      if (picture.masters.length === 0) return [{source: kind, subject: null, why: 'notAsked: no master is named'}]
      const named = picture.masters.flatMap((answer) => {
        const name = answer.source.from === 'master' ? answer.source.master : ''
        return one(answer).map((gap): Gap => ({...gap, subject: {kind: 'master', name}}))
      })
      return allOrSome(named, picture.masters.length)
    }
    case 'nodes': {
      const silent = [...picture.nodes].flatMap(([node, answer]) =>
        one(answer).map((gap): Gap => ({...gap, subject: {kind: 'node', name: String(node)}})),
      )
      return allOrSome(silent, picture.nodes.size)
    }
  }
}

/** Where nobody of them was heard, that is one gap and not one for each. */
function allOrSome(gaps: readonly Gap[], asked: number): readonly Gap[] {
  const [first] = gaps
  return first !== undefined && gaps.length === asked ? [{...first, subject: null}] : gaps
}
