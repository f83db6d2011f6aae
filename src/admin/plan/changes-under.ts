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
import {changedRecordMessage, recordRead} from '../changed-record.js'
import type {JournalledChange} from '../journal.js'
import type {Message} from '../messages/message.js'
import type {Plan, Step} from './plan.js'

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
  const broken = await Promise.all(
    plan.preconditions
      .filter(({step}) => step >= options.fromStep)
      .map(async ({key, modRevision}) => {
        const now = await options.now.get(key)
        if ((now?.modRevision ?? 0) === modRevision) return []
        const before = modRevision === 0 ? null : await asItWas(key, options.then)
        const read = {key, modRevision: modRevision === 0 ? null : modRevision, value: before?.value ?? null}
        return [changedRecordMessage(read, now, options.journal)]
      }),
  )
  const {keys} = options.now
  const nodes = new Set(plan.steps.slice(options.fromStep).flatMap(nodesOf))
  const notes = await Promise.all(
    [...nodes].flatMap((node) => aroundNode(node, keys)).map((each) => note(each, options)),
  )
  const conditions = new Set(plan.preconditions.map(({key}) => key))
  return {
    broken: broken.flat(),
    notes: notes.flatMap((each) => (each === null || conditions.has(each.key) ? [] : [each.message])),
  }
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

async function note(
  {key, isPresenceOnly}: Surrounding,
  {then, now, journal}: UnderOptions,
): Promise<{readonly key: string; readonly message: Message} | null> {
  const [before, after] = await Promise.all([asItWas(key, then), now.get(key)])
  if (before === undefined) return null
  const isSame = isPresenceOnly ? (before === null) === (after === null) : before?.modRevision === after?.modRevision
  return isSame ? null : {key, message: changedRecordMessage(recordRead(key, before), after, journal)}
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
