/** Whose word on a raft group counts. */
import {expect, test} from 'vitest'
import {partitionId} from '../../../src/entity/ids.js'
import {type ClusterFixture, fixture} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void

test.each<[string, Change, {leader: number | null; term: number; by: number; members: number[]}]>([
  ['all agree', () => {}, {leader: 1, term: 3, by: 1, members: [1, 2, 3]}],
  [
    'one that is cut off campaigns in a high term',
    (cluster) => cluster.raft(3, 1, {Leader: 0, Term: 116_534, State: 'StateCandidate'}),
    {leader: 1, term: 3, by: 1, members: [1, 2, 3]},
  ],
  [
    'an old leader that does not know yet',
    (cluster) => {
      cluster.raft(2, 1, {Leader: 2, Term: 4, Replicas: cluster.infos.get(1)?.get(1)?.raft_status?.Replicas ?? {}})
      cluster.raft(3, 1, {Leader: 2, Term: 4})
    },
    {leader: 2, term: 4, by: 2, members: [1, 2, 3]},
  ],
  [
    'a learner on its way',
    (cluster) => {
      const status = cluster.infos.get(1)?.get(1)?.raft_status
      const progress = status?.Replicas['2']
      if (status === undefined || progress === undefined) throw new Error('node 1 leads partition 1')
      const learner = {...progress, IsLearner: true}
      cluster.raft(1, 1, {Replicas: {...status.Replicas, 4: learner}})
    },
    {leader: 1, term: 3, by: 1, members: [1, 2, 3]},
  ],
  [
    'followers of a leader that was not heard',
    (cluster) => cluster.silence(1, 'late'),
    {leader: 1, term: 3, by: 2, members: []},
  ],
  [
    'followers of a leader that denies it',
    (cluster) => cluster.raft(1, 1, {Leader: 0, Term: 5, Replicas: {}}),
    {leader: null, term: 5, by: 1, members: []},
  ],
])('%s', (_, change, {leader, term, by, members}) => {
  expect(fixture(change).partitions.get(partitionId(1))?.raft).toMatchObject({leader, term, by, members})
})
