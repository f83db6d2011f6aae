import type {Space} from '../../entity/space.js'
import {CodedError} from '../../errors/coded-error.js'
import {recordSays} from '../doctor/finding.js'
import {say} from '../messages/message.js'
import {partitionStates} from '../partitions/partition-row.js'
import {standingOf} from '../partitions/standing.js'
import {type ClusterPicture, spaceName} from '../picture/picture.js'
import type {Known} from '../picture/record.js'
import {type Cause, cause} from './cause.js'
import {whyPartition} from './why-partition.js'

/** Of the partitions that are not well, the worst. */
const partitionsMax = 10

export function whySpace(picture: ClusterPicture, space: Known<Space>): Cause {
  const {partitions, version, enabled, db_id, partition_num, partition_rule} = space.value
  const name = spaceName(picture, space.value)
  const wanted = partition_num * (partition_rule?.ranges.length ?? 1)
  const sick = partitions
    .flatMap(({id}) => {
      const sight = picture.partitions.get(id)
      return sight === undefined ? [] : [{id, state: standingOf(sight, picture).state}]
    })
    .filter(({state}) => state !== 'ok')
    .sort((a, b) => partitionStates.indexOf(a.state) - partitionStates.indexOf(b.state))
  const because = [
    ...(version <= 1 && enabled !== true ? [cause(say('why.space.creating'), {next: 'vearchctl locks list'})] : []),
    ...(version > 1 && enabled === false ? [cause(say('why.space.disabled'))] : []),
    ...(picture.metadata.dbs.has(db_id) ? [] : [cause(say('why.space.noDb'), {next: 'vearchctl doctor VC107'})]),
    ...(partitions.length === wanted ? [] : [cause(say('why.space.count', {has: partitions.length, wanted}))]),
    ...sick.slice(0, partitionsMax).map(({id}) => whyPartition(picture, id)),
  ]
  const ok = partitions.length - sick.length
  return cause(say('why.space', {space: name, ok, count: partitions.length}), {
    evidence: [recordSays(space, {version, enabled, partition_num, replica_num: space.value.replica_num})],
    because,
    next: sick.length > partitionsMax ? `vearchctl partitions list --space ${name} --unhealthy` : null,
  })
}

/** `db/space`, or `space` where that is enough. Errors: SPACE_NOT_EXIST, PARAM_ERROR. */
export function findSpace(picture: ClusterPicture, wanted: string): Known<Space> {
  const found = [...picture.metadata.spaces.values()].filter(
    ({value}) => spaceName(picture, value) === wanted || value.name === wanted,
  )
  const exact = found.find(({value}) => spaceName(picture, value) === wanted)
  const [first] = found
  if (first === undefined) throw new CodedError('SPACE_NOT_EXIST', wanted, {hint: 'vearchctl meta show spaces'})
  if (exact === undefined && found.length > 1) {
    const names = found.map(({value}) => spaceName(picture, value)).join(', ')
    throw new CodedError('PARAM_ERROR', `${wanted} may be any of ${names}`, {hint: 'name it as db/space'})
  }
  return exact ?? first
}
