/**
 * Work that one master at a time does: the one whose key is there, under its lease. Another takes over when the lease has
 * ended. What is done is compared all the same; the duty only keeps two masters from doing the same twice.
 */
import {absent} from '../meta/repository.js'
import type {Call, Cluster} from './cluster.js'
import type {Session} from './session.js'

export class Duty {
  readonly key: string

  constructor(
    private readonly cluster: Cluster,
    private readonly session: Session,
    private readonly name: string,
    /** What an operator sees in the key. */
    private readonly holder: string,
  ) {
    this.key = cluster.repository.keys.duty(name)
  }

  /** Whether this master has the duty, which it takes if nobody does. Errors: those of the store and of the session. */
  async isOurs({signal}: Call): Promise<boolean> {
    const {store} = this.cluster.repository
    const lease = this.session.leaseId
    const held = await store.get(this.key, {signal})
    if (held !== null) return held.lease === lease
    const then = [{type: 'put', key: this.key, value: this.holder, lease} as const]
    const {succeeded} = await store.transact({compare: [absent(this.key)], then}, {signal})
    if (succeeded) this.cluster.log.info('master.duty.taken', {duty: this.name})
    return succeeded
  }
}
