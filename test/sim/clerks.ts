/**
 * Two operators who take ids from one sequence at the same time, each with a client of its own, as `vearchctl ids next` does: again
 * and again, one id at a time.
 */
import {Sequence} from '../../src/meta/sequence.js'
import type {MetaStore} from '../../src/meta/store.js'

export class Clerks {
  constructor(
    private readonly stores: readonly MetaStore[],
    private readonly key: string,
  ) {}

  /** Each takes so many, as far as the metadata lets them. */
  take(count: number): void {
    for (const store of this.stores) void takeOneByOne(new Sequence(store, this.key), count)
  }
}

async function takeOneByOne(sequence: Sequence, count: number): Promise<void> {
  for (let taken = 0; taken < count; taken += 1) await sequence.allocate().catch(() => {})
}
