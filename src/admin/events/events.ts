/**
 * What happens in a cluster, in one stream: changes of the metadata by what they mean (`cluster-event.ts`), what replicas become in
 * their raft groups (`role-events.ts`), and the steps of the plans that are carried out from this machine.
 *
 * Leaders, members and leases are in the metadata, where masters and servers put them, so a real Vearch has the same events.
 * The stream goes on after an interruption without losing any; where the store has compacted them, an event says so.
 */
import {CodedError} from '../../errors/coded-error.js'
import {Keys} from '../../meta/keys.js'
import type {MetaReading} from '../../meta/reading.js'
import type {Catalogue} from '../messages/message.js'
import {metaChanges} from '../meta/watching.js'
import {namesServers} from '../picture/look.js'
import {planJournal} from '../plan/apply-plan.js'
import type {Session} from '../session/session.js'
import {type ClusterEvent, type EventKind, happenings} from './cluster-event.js'
import {merged} from './merged.js'
import {oldestReading} from './oldest-reading.js'
import {planEvents} from './plan-events.js'
import {roleEvents} from './role-events.js'

export interface EventOptions {
  /** All of them if empty. */
  readonly kinds: readonly EventKind[]
  /** The first revision to tell of; `all`: what the store still has; null: only what happens from now on. */
  readonly since: number | 'all' | null
  readonly catalogue: Catalogue
  readonly signal: AbortSignal
}

/** Ends when the signal is aborted. */
export async function* clusterEvents(session: Session, options: EventOptions): AsyncGenerator<ClusterEvent> {
  const {kinds, catalogue} = options
  const isWanted = ({kind}: ClusterEvent) => kinds.length === 0 || kind === 'history' || kinds.includes(kind)
  const {snapshot} = session.target
  if (snapshot !== null) {
    yield* (await capturedEvents(session, snapshot, options.since)).filter(isWanted)
    return
  }
  const journal = await planJournal(session)
  const {clock} = session.env
  const withRoles = namesServers(session) && (kinds.length === 0 || kinds.includes('role'))
  const streams = (signal: AbortSignal) => [
    metadataEvents(session, {...options, signal}),
    planEvents(journal, {catalogue, clock, signal}),
    ...(withRoles ? [roleEvents(session, {signal})] : []),
  ]
  for await (const event of merged(options.signal, streams)) {
    if (isWanted(event)) yield event
  }
}

/** Those of a bundle that a capture made. Errors: NOT_FOUND for any other file. */
async function capturedEvents(
  session: Session,
  path: string,
  since: EventOptions['since'],
): Promise<readonly ClusterEvent[]> {
  const {captureIn} = await import('../debug/capture/captured-timeline.js')
  const {captured} = await captureIn(session, path)
  const events = captured.samples.flatMap((sample) => sample.events)
  return typeof since === 'number' ? events.filter(({revision}) => revision === null || revision >= since) : events
}

async function* metadataEvents(session: Session, {since, signal}: EventOptions): AsyncGenerator<ClusterEvent> {
  const [store, cluster] = await Promise.all([session.watched(), session.cluster()])
  const keys = new Keys(cluster)
  const wallMs = () => session.env.clock.wallMs()
  const begin = since === null ? null : await readingBefore(session, since)
  let told = begin?.revision ?? (await store.status({signal})).revision
  if (since !== null && since !== 'all' && told >= since) yield lost(since, told + 1, 'told from there on')
  const options = {keys, kind: null, signal, since: begin, wallMs}
  for await (const {at, event, revision, changes} of metaChanges(store, options)) {
    if (event === 'resumed') yield {...lost(told + 1, revision, 'told by what differs there'), at}
    for (const change of changes) {
      for (const happening of happenings(keys, change)) yield {at, revision: change.revision, ...happening}
    }
    told = revision
  }
}

/** What happened from one revision until another. */
function lost(from: number, to: number, told: string): ClusterEvent {
  const change = `compacted by the store until revision ${to}: ${told}`
  return {at: null, revision: to, kind: 'history', subject: `revision ${from}`, change}
}

/** As it was before `since`, or as early as the store has it. Errors: NOT_FOUND for a revision that is yet to come. */
async function readingBefore(session: Session, since: number | 'all'): Promise<MetaReading> {
  const readingAt = (revision: number) => session.readingAt(revision)
  const {revision: now} = await (await session.observed()).status({signal: session.signal})
  if (since === 'all') return oldestReading(readingAt, {from: 1, to: now})
  if (since > now + 1) {
    throw new CodedError('NOT_FOUND', `there is no revision ${since} yet`, {hint: `the last one is ${now}`})
  }
  return oldestReading(readingAt, {from: since - 1, to: now})
}
