/**
 * The one thing that can change a cluster. A dry run and a read-only context are its absence: whoever has none can only
 * look.
 *
 * - A change of metadata carries what was read of each key, and is made only if every key is still as it was read: all of
 *   it or nothing. Otherwise GUARD_FAILED says which key is no longer so.
 * - What a change replaces is in the journal before the change is made; what became of it, afterwards.
 * - Requests to masters and partition servers, which change things by themselves, pass through here for the same journal.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Clock} from '../../env/clock.js'
import type {Disk} from '../../env/disk.js'
import type {Random} from '../../env/random.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Keys, SequenceName} from '../../meta/keys.js'
import {absent, MetaRepository, unchanged} from '../../meta/repository.js'
import {Sequence} from '../../meta/sequence.js'
import type {KeyValue, LeaseId, MetaStore, Operation} from '../../meta/store.js'
import {takeNamedId} from '../../ps/named-id.js'
import {textOf} from '../messages/message.js'
import {changedRecordMessage, recordRead} from './changed-record.js'
import {type Journal, type JournalChange, type JournalledChange, journalValue} from './journal.js'

export interface Change {
  readonly key: string
  /** As it was read; null: there was no such key. */
  readonly before: KeyValue | null
  /** Null: the key is deleted. */
  readonly after: string | Uint8Array | null
  /** The lease under which the key then is; without one it has none. */
  readonly lease?: LeaseId
}

export interface GuardedWriterOptions {
  readonly store: () => Promise<MetaStore>
  readonly journal: Journal
  readonly disk: Pick<Disk, 'readFile'>
  readonly keys: Keys
  readonly place: string
  readonly context: string | null
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

/** A change, as it can be found again in the journal. */
export interface Done<T> {
  readonly txn: string
  readonly value: T
}

interface Intent {
  readonly action: string
  readonly changes: readonly JournalChange[]
  readonly request?: string
}

export class GuardedWriter {
  constructor(private readonly options: GuardedWriterOptions) {}

  /** All or nothing; returns the revision. At most 128 keys. Errors: GUARD_FAILED, and those of the store. */
  apply(action: string, changes: readonly Change[]): Promise<Done<number>> {
    const recorded = changes.map(({key, before, after}) => ({
      key,
      before: before === null ? null : journalValue(before.value, before.modRevision),
      after: after === null ? null : journalValue(after),
    }))
    return this.#journalled({action, changes: recorded}, async () => {
      const store = await this.options.store()
      const {succeeded, revision, results} = await store.transact(
        {
          compare: changes.map(({key, before}) => (before === null ? absent(key) : unchanged(before))),
          then: changes.map(operationOf),
          otherwise: changes.map(({key}) => ({type: 'get', key})),
        },
        {signal: this.options.signal},
      )
      if (succeeded) return {value: revision, revision}
      const now = results.map((result) => (result.type === 'get' ? result.kv : null))
      const {journal, disk} = this.options
      throw changedMeanwhile(changes, now, await journal.changes(disk))
    })
  }

  /** Takes ids for good; returns the first. */
  allocate(action: string, sequence: SequenceName, count: number): Promise<Done<number>> {
    const key = this.options.keys.sequence(sequence)
    const request = `allocate ${count} of ${key}`
    return this.#journalled({action, changes: [], request}, async () => {
      const ids = new Sequence(await this.options.store(), key)
      return {value: await ids.allocate(count, {signal: this.options.signal}), revision: null}
    })
  }

  /** Takes an id that a person has chosen for a new server, for good. Errors: GUARD_FAILED where it may not be that. */
  takeNamed(action: string, id: NodeId): Promise<Done<NodeId>> {
    const {keys, signal} = this.options
    const request = `take id ${id} of ${keys.sequence('node')}`
    return this.#journalled({action, changes: [], request}, async () => {
      const repository = new MetaRepository(await this.options.store(), keys)
      return {value: await takeNamedId(repository, id, signal), revision: null}
    })
  }

  /** Has `send` make a request that changes something; `before` holds what it is going to change, as far as it is known. */
  request<T>(
    {action, request, before = []}: {action: string; request: string; before?: readonly KeyValue[]},
    send: () => Promise<T>,
  ): Promise<Done<T>> {
    const changes = before.map(({key, value, modRevision}) => ({
      key,
      before: journalValue(value, modRevision),
      after: null,
    }))
    return this.#journalled({action, changes, request}, async () => ({value: await send(), revision: null}))
  }

  async #journalled<T>(intent: Intent, act: () => Promise<{value: T; revision: number | null}>): Promise<Done<T>> {
    const {journal, keys, place, context, random, clock} = this.options
    const txn = [...random.bytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const stamp = () => ({txn, at: new Date(clock.wallMs()).toISOString()})
    await journal.write({...stamp(), phase: 'begun', ...intent, cluster: keys.cluster, place, context})
    try {
      const {value, revision} = await act()
      await journal.write({...stamp(), phase: 'done', revision})
      return {txn, value}
    } catch (thrown) {
      const {outcome, message: reason} = toCodedError(thrown)
      await journal.write({...stamp(), phase: 'failed', outcome, reason})
      throw thrown
    }
  }
}

function operationOf({key, after, lease}: Change): Operation {
  if (after === null) return {type: 'delete', key}
  return {type: 'put', key, value: after, ...(lease === undefined ? {} : {lease})}
}

function changedMeanwhile(
  changes: readonly Change[],
  now: readonly (KeyValue | null)[],
  journal: readonly JournalledChange[],
): CodedError {
  const changed = changes.flatMap(({key, before}, at) => {
    const is = now[at] ?? null
    if ((before?.modRevision ?? 0) === (is?.modRevision ?? 0)) return []
    return [textOf(changedRecordMessage(recordRead(key, before), is, journal))]
  })
  return new CodedError('GUARD_FAILED', `changed meanwhile: ${changed.join('; ')}`, {
    hint: 'nothing was changed; look again and repeat the command',
    retryable: true,
  })
}
