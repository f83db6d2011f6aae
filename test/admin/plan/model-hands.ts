/**
 * A cluster that does what plans ask of it: `Hands` on a picture. Revisions of what changes grow, and a change that is asked for
 * twice is refused, as a master refuses it.
 */
import type {ClusterPicture} from '../../../src/admin/picture/picture.js'
import {pictureOf} from '../../../src/admin/picture/picture.js'
import type {Hands} from '../../../src/admin/plan/hands.js'
import type {Step} from '../../../src/admin/plan/plan.js'
import {isDone} from '../../../src/admin/plan/progress.js'
import {simulate} from '../../../src/admin/plan/simulation.js'
import type {NodeId, PartitionId} from '../../../src/entity/ids.js'
import {paramError} from '../../../src/errors/coded-error.js'

export class ModelHands implements Hands {
  readonly taken: string[] = []
  /** Called before a step has any effect. */
  before: (step: Step) => void = () => {}
  /** Called when it has had all of it. */
  after: (step: Step) => void = () => {}

  constructor(public picture: ClusterPicture) {}

  moveReplica = async (step: Step & {readonly do: 'moveReplica'}) => this.#take(step)
  addReplica = async (partition: PartitionId, node: NodeId) => this.#take({do: 'addReplica', partition, node})
  removeReplica = async (partition: PartitionId, node: NodeId) => this.#take({do: 'removeReplica', partition, node})
  transferLeader = async (partition: PartitionId, to: NodeId) =>
    this.#take({do: 'transferLeader', partition, from: null, to})
  forgetNode = async (node: NodeId) => this.#take({do: 'forgetNode', node})
  write = async (step: Step & {readonly do: 'writeRecord'}) => this.#take(step)

  #take(step: Step): void {
    this.before(step)
    if (isDone(step, this.picture)) throw paramError(`${step.do} is done already`)
    this.taken.push(step.do + ('partition' in step ? ` ${step.partition}` : ''))
    this.picture = grown(simulate(this.picture, [step]))
    this.after(step)
  }
}

/** As after a write of everything: only what a plan itself has touched may be newer than it was. */
function grown(picture: ClusterPicture): ClusterPicture {
  const {metadata} = picture
  const spaces = new Map(
    [...metadata.spaces].map(([id, space]) => [id, {...space, modRevision: space.modRevision + 1}]),
  )
  return pictureOf({...picture, metadata: {...metadata, spaces}})
}
