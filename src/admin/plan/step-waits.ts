/** What a step of a plan waits for while a master is at it, by the record of the change: the master writes there how far it is. */
import type {PartitionId} from '../../entity/ids.js'
import {isUnderWay, type ReplicaChange} from '../../entity/replica-change.js'
import {decodeRecord} from '../../meta/repository.js'
import {type Message, say} from '../messages/message.js'
import type {Session} from '../session/session.js'
import type {Step} from './plan.js'

const everyMs = 1_000

type Asking = Pick<Session, 'env' | 'signal' | 'readAnew'>

/** Null where none is: it has ended, or the step changes no members. */
export async function changeUnderWay(session: Pick<Session, 'readAnew'>, step: Step): Promise<ReplicaChange | null> {
  if (!('partition' in step)) return null
  const change = await changeOf(session, step.partition)
  return change !== null && isUnderWay(change) && isOf(step, change) ? change : null
}

async function changeOf(session: Pick<Session, 'readAnew'>, partition: PartitionId): Promise<ReplicaChange | null> {
  const meta = await session.readAnew()
  const kv = await meta.get(meta.keys.replicaChange(partition))
  return kv === null ? null : decodeRecord<ReplicaChange>(kv.value)
}

/** Null where none is under way; else how it ended. */
export async function whenChangeEnds(
  session: Pick<Session, 'env' | 'readAnew'>,
  step: Step,
  signal: AbortSignal,
): Promise<ReplicaChange['state'] | null> {
  const begun = await changeUnderWay(session, step)
  if (begun === null) return null
  for (;;) {
    const change = await changeOf(session, begun.partition_id)
    // another one has taken its place in the record
    if (change?.id !== begun.id) return null
    if (!isUnderWay(change)) return change.state
    await session.env.clock.sleep(everyMs, signal)
  }
}

/** The partition may be changed by others, too. */
function isOf(step: Step, {add, remove}: ReplicaChange): boolean {
  switch (step.do) {
    case 'moveReplica':
      return add === step.to && remove === step.from
    case 'addReplica':
      return add === step.node
    case 'removeReplica':
      return remove === step.node
    default:
      return false
  }
}

/** Follows one step at a time, and tells of it each time that it waits for something else. */
export class StepWaits {
  #ending = new AbortController()

  constructor(
    private readonly session: Asking,
    private readonly onWait: (message: Message) => void,
  ) {}

  /** Null: there is none now. */
  follow(step: Step | null): void {
    this.stop()
    if (step === null) return
    this.#ending = new AbortController()
    // who only tells how far others are must not end what they do
    this.#tell(step, AbortSignal.any([this.session.signal, this.#ending.signal])).catch(() => {})
  }

  stop(): void {
    this.#ending.abort()
  }

  async #tell(step: Step, signal: AbortSignal): Promise<void> {
    let told = ''
    for (;;) {
      await this.session.env.clock.sleep(everyMs, signal)
      const change = await changeUnderWay(this.session, step)
      if (change === null || change.waits_for === '' || signal.aborted) continue
      const {partition_id: partition, step: at, waits_for: waitsFor} = change
      const word = `${at} ${waitsFor}`
      if (word !== told) this.onWait(say('plan.waits', {partition, at, waitsFor}))
      told = word
    }
  }
}
