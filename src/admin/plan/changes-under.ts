/**
 * What has changed in the metadata between the moment at which a plan was made, or last agreed to, and now: of the records that
 * are its conditions, and of the servers that it names, which have come, gone, failed or been cordoned.
 *
 * A server's own record is written with every replica that it gets: that it is there is what counts of it.
 */
import type {NodeId} from '../../entity/ids.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import {changedRecordMessage, recordRead} from '../changes/changed-record.js'
import type {JournalledChange} from '../changes/journal.js'
import type {Message} from '../messages/message.js'
import {each} from '../picture/asking.js'
import type {Plan, Precondition, Step} from './plan.js'

export interface ChangesUnder {
  /** The plan may not be applied any more. */
  readonly broken: readonly Message[]
  /** It may, and somebody should know. */
  readonly notes: readonly Message[]
}

export interface UnderOptions {
  /** The first step that is still to be done and has not begun. */
  readonly fromStep: number
  /** As it was; what it cannot tell any more is not known. */
  readonly then: MetaReading
  readonly now: MetaReading
  readonly journal: readonly JournalledChange[]
}

export async function changesUnder(plan: Plan, options: UnderOptions): Promise<ChangesUnder> {
  const {fromStep, now} = options
  // all that follows is read at the revision of this
  await now.get(now.keys.sequence('node'))
  const conditions = plan.preconditions.filter(({step}) => step >= fromStep)
  const broken = await each(conditions, (condition) => breach(condition, options))
  const conditional = new Set(plan.preconditions.map(({key}) => key))
  const nodes = [...new Set(plan.steps.slice(fromStep).flatMap(nodesOf))]
  const around = nodes.flatMap((node) => aroundNode(node, now.keys)).filter(({key}) => !conditional.has(key))
  const notes = await each(around, (surrounding) => note(surrounding, options))
  return {broken: broken.filter((one) => one !== null), notes: notes.filter((one) => one !== null)}
}

/** Null where the condition holds. */
async function breach({key, modRevision}: Precondition, {then, now, journal}: UnderOptions): Promise<Message | null> {
  const is = await now.get(key)
  if ((is?.modRevision ?? 0) === modRevision) return null
  const was = modRevision === 0 ? null : await asItWas(key, then)
  const read = {key, modRevision: modRevision === 0 ? null : modRevision, value: was?.value ?? null}
  return changedRecordMessage(read, is, journal)
}

interface Surrounding {
  readonly key: string
  /** Or its value, too. */
  readonly isPresenceOnly: boolean
}

function aroundNode(node: NodeId, keys: Keys): Surrounding[] {
  return [
    {key: keys.server(node), isPresenceOnly: true},
    {key: keys.failServer(node), isPresenceOnly: true},
    {key: keys.cordon(node), isPresenceOnly: false},
  ]
}

async function note({key, isPresenceOnly}: Surrounding, {then, now, journal}: UnderOptions): Promise<Message | null> {
  const [before, after] = await Promise.all([asItWas(key, then), now.get(key)])
  if (before === undefined) return null
  const isSame = isPresenceOnly ? (before === null) === (after === null) : before?.modRevision === after?.modRevision
  return isSame ? null : changedRecordMessage(recordRead(key, before), after, journal)
}

/** Undefined: nobody knows any more. */
async function asItWas(key: string, then: MetaReading): Promise<KeyValue | null | undefined> {
  try {
    return await then.get(key)
  } catch (thrown) {
    const isForgotten = thrown instanceof CodedError && /^META_(?:COMPACTED|REFUSED)$/.test(thrown.errorName)
    if (!isForgotten) throw thrown
    return undefined
  }
}

function nodesOf(step: Step): NodeId[] {
  switch (step.do) {
    case 'moveReplica':
      return [step.from, step.to]
    case 'transferLeader':
      return step.from === null ? [step.to] : [step.from, step.to]
    case 'addReplica':
    case 'removeReplica':
    case 'forgetNode':
      return [step.node]
    case 'writeRecord':
      return []
  }
}
