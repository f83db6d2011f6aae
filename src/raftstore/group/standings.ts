/** Which membership is in force at an index, from the applied index on: a checkpoint must say so. */
import {assert} from '../../errors/assert.js'
import type {Entry} from '../../raft/entry.js'
import type {Membership} from '../../raft/membership.js'

interface Standing {
  readonly index: number
  readonly membership: Membership
}

export class Standings {
  #known: readonly Standing[]

  constructor(first: Standing) {
    this.#known = [first]
  }

  handedOut(entries: readonly Entry[]): void {
    const changes = entries.filter((entry) => entry.kind === 'membership')
    if (changes.length > 0) this.#known = [...this.#known, ...changes]
  }

  /** A state came from elsewhere. */
  restart(standing: Standing): void {
    this.#known = [standing]
  }

  /** `index` is not below any that was asked for before. */
  at(index: number): Membership {
    const from = this.#known.findLastIndex((standing) => standing.index <= index)
    this.#known = this.#known.slice(Math.max(0, from))
    const [inForce] = this.#known
    assert(inForce !== undefined, 'some membership is in force')
    return inForce.membership
  }
}
