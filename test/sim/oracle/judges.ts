import type {Evidence, Observation} from '../observation.js'
import {CommitOracle} from './commit.js'
import {CorruptionOracle} from './corruption.js'
import {DiskRoomOracle} from './disk-room.js'
import {DurabilityOracle} from './durability.js'
import {IdsOracle} from './ids.js'
import {LinearizabilityOracle} from './linearizability.js'
import {LivenessOracle} from './liveness.js'
import {MetadataOracle} from './metadata.js'
import type {Finding, Oracle} from './oracle.js'
import {RaftOracle} from './raft.js'
import {ReadsOracle} from './reads.js'
import {ReplicaStateOracle} from './replica-state.js'
import {SearchOracle} from './search.js'
import {VersionsOracle} from './versions.js'

/** All that sit in judgement on one run; P12 needs two, see `wall-clock.ts`. */
export class Judges {
  readonly #oracles: readonly Oracle[]
  readonly #watching: readonly Watching[]

  constructor(cluster: string) {
    this.#oracles = [
      new CommitOracle(),
      new DurabilityOracle(),
      new LinearizabilityOracle(),
      new ReadsOracle(),
      new ReplicaStateOracle(),
      new SearchOracle(),
      new VersionsOracle(),
      new IdsOracle(),
      new MetadataOracle(cluster),
      new RaftOracle(),
      new CorruptionOracle(),
      new LivenessOracle(),
      new DiskRoomOracle(),
    ]
    this.#watching = this.#oracles.filter(isWatching)
  }

  see(seen: Observation): Finding[] {
    const found: Finding[] = []
    for (const oracle of this.#watching) for (const finding of oracle.see(seen)) found.push(finding)
    return found
  }

  end(evidence: Evidence): Finding[] {
    return this.#oracles.flatMap((oracle) => oracle.end?.(evidence) ?? [])
  }
}

type Watching = Required<Pick<Oracle, 'see'>>

function isWatching(oracle: Oracle): oracle is Oracle & Watching {
  return oracle.see !== undefined
}
