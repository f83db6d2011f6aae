/**
 * Every check, with a cluster that has the fault and with one that nearly has. The sound cluster, with every source heard, passes
 * them all; without its sources it passes none that needs them.
 */
import {describe, expect, test} from 'vitest'
import {catalogue} from '../../../src/admin/doctor/catalogue.js'
import {checkOf, examine, findingsOf} from '../../../src/admin/doctor/doctor.js'
import {subjectText} from '../../../src/admin/doctor/finding.js'
import {textOf} from '../../../src/admin/messages/message.js'
import {told} from '../../../src/admin/picture/answer.js'
import {dbId, nodeId, partitionId, spaceId} from '../../../src/entity/ids.js'
import {
  type ClusterFixture,
  configFile,
  fixture,
  fromDisk,
  fromMaster,
  infoOf,
  keys,
  nowMs,
  statsOf,
} from '../cluster-fixture.js'

type Change = (cluster: ClusterFixture) => void
type Row = readonly [
  fault: string,
  code: string,
  broken: Change,
  found: readonly string[],
  near: readonly [string, Change],
]

const nothing: readonly [string, Change] = ['the sound cluster', () => {}]
const spaceKey = keys.space(dbId(1), spaceId(1))
const store = (dbBytes: number): Change => {
  return (cluster) => {
    if (cluster.store.told) cluster.store = {...cluster.store, value: {...cluster.store.value, dbBytes}}
  }
}
const config = (text: string): Change => {
  return (cluster) => {
    cluster.config = told(configFile(text), {from: 'config', path: 'cluster.toml', line: null})
  }
}

const rows: readonly Row[] = [
  [
    'two of three replicas down',
    'VC101',
    (cluster) => {
      cluster.fail(1)
      cluster.fail(3)
      for (const id of [1, 2]) cluster.raft(2, id, {Leader: 0, State: 'StateCandidate', Replicas: {}})
    },
    ['partition 1', 'partition 2'],
    [
      'one down, another leads',
      (cluster) => {
        cluster.fail(1)
        cluster.raft(2, 1, {Leader: 2, State: 'StateLeader', Term: 4})
      },
    ],
  ],
  [
    'a follower whose leader is gone',
    'VC101',
    (cluster) => cluster.fail(1),
    ['partition 1'],
    [
      'a space that is being created',
      (cluster) => {
        cluster.addSpace(2, 'new', [5], {version: 1, enabled: false})
        cluster.records.delete(keys.partition(partitionId(5)))
        for (const node of [1, 2, 3]) cluster.raft(node, 5, {Leader: 0})
      },
    ],
  ],
  [
    'a leader that raft has not',
    'VC102',
    (cluster) => cluster.editPartition(1, {leader_name: 3}),
    ['partition 1'],
    nothing,
  ],
  [
    'a leader from elsewhere',
    'VC102',
    (cluster) => {
      cluster.editPartition(1, {leader_name: 4})
      for (const node of [1, 2, 3]) cluster.raft(node, 1, {Leader: 4, Replicas: {}})
    },
    ['partition 1'],
    ['no leader at all, which is VC101', (cluster) => cluster.editPartition(1, {leader_name: 0})],
  ],
  [
    'a replica down',
    'VC103',
    (cluster) => cluster.fail(3),
    ['partition 1', 'partition 2'],
    ['an empty server down', (cluster) => cluster.fail(4)],
  ],
  [
    'fewer replicas than asked for',
    'VC103',
    (cluster) => cluster.editListed(1, {replicas: [1, 2]}),
    ['partition 1'],
    ['fewer asked for', (cluster) => cluster.editSpace({replica_num: 2})],
  ],
  [
    'records that differ',
    'VC104',
    (cluster) => cluster.editPartition(1, {replicas: [1, 2, 4]}),
    ['partition 1'],
    ['another order', (cluster) => cluster.editPartition(1, {replicas: [3, 2, 1]})],
  ],
  [
    'a replica that its server does not have',
    'VC104',
    (cluster) => cluster.infos.get(3)?.delete(1),
    ['partition 1'],
    ['a server that was not heard', (cluster) => cluster.silence(3, 'late')],
  ],
  [
    'a replica too many',
    'VC104',
    (cluster) => cluster.putInfo(4, infoOf(1, 4, {leader: 1, members: [1, 2, 3]})),
    ['partition 1'],
    nothing,
  ],
  [
    'raft with another membership',
    'VC104',
    (cluster) => cluster.infos.get(1)?.set(1, infoOf(1, 1, {leader: 1, members: [1, 2]})),
    ['partition 1'],
    nothing,
  ],
  [
    'no record of its own',
    'VC105',
    (cluster) => cluster.records.delete(keys.partition(partitionId(1))),
    ['partition 1'],
    ['one that cannot be read', (cluster) => cluster.records.set(keys.partition(partitionId(1)), '{"id":')],
  ],
  [
    'a space that is gone',
    'VC106',
    (cluster) => cluster.records.delete(spaceKey),
    ['partition 1', 'partition 2'],
    ['a space that cannot be read', (cluster) => cluster.records.set(spaceKey, 'oops')],
  ],
  [
    'a space that does not list it',
    'VC106',
    (cluster) => cluster.addPartition({id: 7, space_id: 1, db_id: 1} as {id: number}, 1),
    ['partition 7'],
    nothing,
  ],
  [
    'a body that is gone',
    'VC107',
    (cluster) => cluster.records.delete(keys.db(dbId(1))),
    ['space #1/img'],
    ['a body that cannot be read', (cluster) => cluster.records.set(keys.db(dbId(1)), '[]')],
  ],
  [
    'two names',
    'VC108',
    (cluster) => cluster.records.set(keys.dbName(dbId(1)), 'net'),
    ['db web'],
    ['a second db', (cluster) => cluster.addDb(2, 'net')],
  ],
  ['a name that leads nowhere', 'VC108', (cluster) => cluster.records.set(keys.dbId('old'), '8'), ['db old'], nothing],
  [
    'a partition without a record',
    'VC109',
    (cluster) => cluster.putInfo(4, infoOf(77, 4, {leader: 4, members: [4]})),
    ['node 4'],
    [
      'one that is being created',
      (cluster) => {
        cluster.addSpace(2, 'new', [5], {version: 1, enabled: false})
        cluster.records.delete(keys.partition(partitionId(5)))
      },
    ],
  ],
  [
    'a directory that no record names',
    'VC110',
    (cluster) => {
      cluster.disks = [
        fromDisk('/data/4', {
          identity: {node: nodeId(4), cluster: 'vearch'},
          partitions: [{id: 1, path: '/data/4/data/1', dataBytes: 9, raftBytes: 1}],
        }),
      ]
    },
    ['partition 1'],
    [
      'a directory that its record names',
      (cluster) => {
        cluster.disks = [
          fromDisk('/data/1', {partitions: [{id: 1, path: '/data/1/data/1', dataBytes: 9, raftBytes: 1}]}),
        ]
      },
    ],
  ],
  [
    'a record that forgot its holders',
    'VC110',
    (cluster) => cluster.editPartition(1, {replicas: [4]}),
    ['partition 1', 'partition 1', 'partition 1'],
    nothing,
  ],
  [
    'a server that is back',
    'VC111',
    (cluster) => {
      cluster.fail(3)
      cluster.addServer(3)
    },
    ['node 3'],
    ['a server that has replicas', (cluster) => cluster.fail(3)],
  ],
  ['a server that nobody needs', 'VC111', (cluster) => cluster.fail(4), ['node 4'], nothing],
  [
    'two ids at one address',
    'VC112',
    (cluster) => cluster.addServer(5, {ip: '10.0.0.4'}),
    ['node 5'],
    ['two ports of one host', (cluster) => cluster.addServer(5, {ip: '10.0.0.4', rpc_port: 8082})],
  ],
  [
    'another id in the record',
    'VC112',
    (cluster) => cluster.edit(keys.server(nodeId(4)), {name: 6}),
    ['node 4'],
    nothing,
  ],
  [
    'a server that came back elsewhere',
    'VC113',
    (cluster) => {
      cluster.fail(4)
      cluster.addServer(4, {ip: '10.0.1.9'})
    },
    ['node 4'],
    [
      'a server that came back',
      (cluster) => {
        cluster.fail(4)
        cluster.addServer(4)
      },
    ],
  ],
  [
    'a newcomer at the address of a failed one',
    'VC113',
    (cluster) => {
      cluster.fail(3)
      cluster.addServer(5, {ip: '10.0.0.3'})
    },
    ['node 3'],
    [
      'a neighbour on the host of a failed one',
      (cluster) => {
        cluster.fail(3)
        cluster.addServer(5, {ip: '10.0.0.3', rpc_port: 8082})
      },
    ],
  ],
  [
    'a sequence behind',
    'VC114',
    (cluster) => cluster.records.set(keys.sequence('partition'), '1'),
    ['sequence partition'],
    ['one just ahead', (cluster) => cluster.records.set(keys.sequence('partition'), '2')],
  ],
  [
    'a sequence that is none',
    'VC114',
    (cluster) => cluster.records.set(keys.sequence('node'), 'four'),
    ['sequence node'],
    nothing,
  ],
  [
    'a sequence that is gone',
    'VC114',
    (cluster) => cluster.records.delete(keys.sequence('db')),
    ['sequence db'],
    nothing,
  ],
  [
    'a lock without a lease',
    'VC115',
    (cluster) => cluster.records.set(`${keys.lock('/web/img')}/0`, ''),
    [`lock ${keys.lock('/web/img').slice(keys.lockPrefix.length)}`],
    [
      'a lock that is held',
      (cluster) => {
        cluster.records.set(`${keys.lock('x')}/777`, '')
        cluster.leases.set('777', 200)
      },
    ],
  ],
  [
    'a lock whose lease is gone',
    'VC115',
    (cluster) => {
      cluster.records.set(`${keys.lock('x')}/777`, '')
      cluster.leases.set('777', null)
    },
    [`lock ${keys.lock('x').slice(keys.lockPrefix.length)}`],
    nothing,
  ],
  [
    'an alias of nothing',
    'VC116',
    (cluster) => cluster.edit(keys.alias('pictures'), {space_name: 'gone'}),
    ['alias pictures'],
    nothing,
  ],
  [
    'a directory of another cluster',
    'VC117',
    (cluster) => {
      cluster.disks = [fromDisk('/data/x', {identity: {node: nodeId(1), cluster: 'other'}})]
    },
    ['config /data/x'],
    [
      'an empty directory',
      (cluster) => {
        cluster.disks = [fromDisk('/data/x', {identity: null})]
      },
    ],
  ],
  [
    'a directory without an identity',
    'VC117',
    (cluster) => {
      cluster.disks = [
        fromDisk('/data/x', {
          identity: null,
          partitions: [{id: 1, path: '/data/x/data/1', dataBytes: 1, raftBytes: 0}],
        }),
      ]
    },
    ['config /data/x'],
    nothing,
  ],
  [
    'slots out of order',
    'VC118',
    (cluster) => cluster.editListed(2, {partition_slot: 0}),
    ['space web/img'],
    ['an uneven split', (cluster) => cluster.editListed(2, {partition_slot: 5})],
  ],
  [
    'no partition for the first slots',
    'VC118',
    (cluster) => cluster.editListed(1, {partition_slot: 3}),
    ['space web/img'],
    nothing,
  ],
  [
    'a replica far behind',
    'VC119',
    (cluster) => {
      cluster.settings = {...cluster.settings, raftDiffCount: 10}
      lagging(cluster, 80)
    },
    ['partition 1'],
    [
      'a replica a little behind',
      (cluster) => {
        cluster.settings = {...cluster.settings, raftDiffCount: 10}
        lagging(cluster, 90)
      },
    ],
  ],
  [
    'other documents at the same entry',
    'VC120',
    (cluster) => cluster.tell(3, 1, {doc_num: 49}),
    ['partition 1'],
    [
      'other documents at an earlier entry',
      (cluster) => {
        cluster.tell(3, 1, {doc_num: 49})
        cluster.raft(3, 1, {Applied: 99})
      },
    ],
  ],
  [
    'two replicas in one rack',
    'VC121',
    (cluster) => {
      cluster.settings = {...cluster.settings, antiAffinity: 2}
      cluster.edit(keys.server(nodeId(1)), {host_rack: 'r1'})
      cluster.edit(keys.server(nodeId(2)), {host_rack: 'r1'})
    },
    ['partition 1', 'partition 2'],
    [
      'two replicas in one rack, and nobody minds',
      (cluster) => {
        cluster.edit(keys.server(nodeId(1)), {host_rack: 'r1'})
        cluster.edit(keys.server(nodeId(2)), {host_rack: 'r1'})
      },
    ],
  ],
  [
    'all on three of four servers',
    'VC122',
    (cluster) => {
      cluster.addServer(5)
      cluster.addServer(6)
      cluster.addSpace(2, 'more', [3, 4, 5, 6, 7, 8, 9])
    },
    ['cluster', 'cluster'],
    nothing,
  ],
  [
    'a full disk',
    'VC123',
    (cluster) => cluster.stats.set(2, statsOf(2, 0.95)),
    ['node 2', 'node 2'],
    ['a half full one', (cluster) => cluster.stats.set(2, statsOf(2, 0.5))],
  ],
  [
    'a disk that is nearly full',
    'VC123',
    (cluster) => cluster.stats.set(2, statsOf(2, 0.82)),
    ['node 2', 'node 2'],
    nothing,
  ],
  [
    'a partition that refuses writes',
    'VC123',
    (cluster) => cluster.editPartition(1, {resourceExhausted: true}),
    ['partition 1'],
    nothing,
  ],
  [
    'an index that failed',
    'VC124',
    (cluster) => cluster.tell(2, 1, {index_build_state: {gamma: 'FAILED'}}),
    ['partition 1'],
    ['an index that is being built', (cluster) => cluster.tell(2, 1, {index_build_state: {gamma: 'BUILDING'}})],
  ],
  [
    'many documents and no index',
    'VC124',
    (cluster) => cluster.tell(2, 1, {index_status: 0, doc_num: 20_000}),
    ['partition 1'],
    ['few documents and no index', (cluster) => cluster.tell(2, 1, {index_status: 0})],
  ],
  ['a store near its quota', 'VC125', store(7_500_000_000), ['cluster'], ['a large one', store(200_000_000)]],
  [
    'an alarm',
    'VC125',
    (cluster) => {
      const memberErrors = [{id: '77', errors: ['memberID:77 alarm:NOSPACE']}]
      const masters = ['http://m1:8817', 'http://m2:8817']
      cluster.masters = masters.map((url) => fromMaster(url, {memberErrors}))
    },
    ['master 77'],
    nothing,
  ],
  ['a store full of holes', 'VC125', store(600_000_000), ['cluster'], nothing],
  [
    'a member that was never announced',
    'VC126',
    (cluster) => {
      const members = [
        ...(cluster.masters[0]?.told === true ? cluster.masters[0].value.members : []),
        {id: '77', name: 'm2', clientUrls: []},
      ]
      cluster.masters = [fromMaster('http://m1:8817', {members})]
    },
    ['master m2'],
    nothing,
  ],
  [
    'a master that etcd does not know',
    'VC126',
    (cluster) => cluster.records.set(keys.member('88'), {name: 'm3'}),
    ['master m3'],
    nothing,
  ],
  [
    'a master a minute behind',
    'VC127',
    (cluster) => {
      cluster.masters = [fromMaster('http://m1:8817', {aheadMs: -60_000})]
    },
    ['master http://m1:8817'],
    [
      'a master a second ahead',
      (cluster) => {
        cluster.masters = [fromMaster('http://m1:8817', {aheadMs: 1_000})]
      },
    ],
  ],
  [
    'a leader that registered tomorrow',
    'VC127',
    (cluster) => cluster.editPartition(1, {update_time: BigInt(nowMs + 86_400_000) * 1_000_000n}),
    ['partition 1'],
    nothing,
  ],
  [
    'two versions',
    'VC128',
    (cluster) => cluster.edit(keys.server(nodeId(2)), {version: {build_version: '3.4.0'}}),
    ['cluster'],
    ['one that does not say', (cluster) => cluster.edit(keys.server(nodeId(2)), {version: null})],
  ],
  [
    'a setting that nobody reads',
    'VC129',
    config('signkey = "own"\nmerge_router = true'),
    ['config global.merge_router'],
    nothing,
  ],
  ['the password of the manual', 'VC130', config('signkey = "secret"'), ['config global.signkey'], nothing],
  ['no password at all', 'VC130', config('signkey = "own"\nskip_auth = true'), ['config global.skip_auth'], nothing],
  [
    'a backup of last week',
    'VC131',
    (cluster) => {
      cluster.lastBackup = told(nowMs - 7 * 86_400_000, {from: 'journal', path: 'backups'})
    },
    ['cluster'],
    nothing,
  ],
  [
    'no backup ever',
    'VC131',
    (cluster) => {
      cluster.lastBackup = told(null, {from: 'journal', path: 'backups'})
    },
    ['cluster'],
    nothing,
  ],
  [
    'a partition too few',
    'VC132',
    (cluster) => cluster.editSpace({partition_num: 3}),
    ['space web/img'],
    [
      'two ranges of one',
      (cluster) =>
        cluster.editSpace({
          partition_num: 1,
          partition_rule: {
            type: 'RANGE',
            ranges: [
              {name: 'a', value: '1'},
              {name: 'b', value: '2'},
            ],
          },
        }),
    ],
  ],
  [
    'no JSON',
    'VC133',
    (cluster) => cluster.records.set(spaceKey, '{"id":1,'),
    [`key ${spaceKey}`],
    ['an empty list as null', (cluster) => cluster.editSpace({partitions: null, partition_num: 0})],
  ],
  [
    'fields of another kind',
    'VC133',
    (cluster) => cluster.editPartition(1, {replicas: ['one']}),
    [`key ${keys.partition(partitionId(1))}`],
    nothing,
  ],
  [
    'a frozen server',
    'VC134',
    (cluster) => cluster.silence(2, 'late'),
    ['node 2'],
    ['a server that there is no way to ask', (cluster) => cluster.silence(2, 'notAsked')],
  ],
  [
    'somebody else at its address',
    'VC135',
    (cluster) => cluster.silence(2, 'impostor', 'node 9 of cluster other'),
    ['node 2'],
    ['a server that is silent', (cluster) => cluster.silence(2, 'late')],
  ],
  [
    'a master of another cluster',
    'VC135',
    (cluster) => {
      cluster.masters = [fromMaster('http://m1:8817', {cluster: 'other'})]
    },
    ['master http://m1:8817'],
    nothing,
  ],
  [
    'a partition in two spaces',
    'VC136',
    (cluster) => cluster.addSpace(2, 'copy', [2]),
    ['partition 2'],
    ['two spaces', (cluster) => cluster.addSpace(2, 'more', [3])],
  ],
  [
    'a replica whose files are damaged',
    'VC137',
    (cluster) => cluster.tell(3, 1, {error: 'data_corrupt: nothing to restore from in /data/1', color: 'red'}),
    ['partition 1'],
    ['one that is being opened', (cluster) => cluster.tell(3, 1, {error: 'partition 1: is being opened or removed'})],
  ],
]

/** Node 2 as the leader of partition 1 sees it. */
function lagging(cluster: ClusterFixture, match: number): void {
  const status = cluster.infos.get(1)?.get(1)?.raft_status
  const progress = status?.Replicas['2']
  if (status === undefined || progress === undefined) throw new Error('node 1 leads partition 1')
  cluster.raft(1, 1, {Replicas: {...status.Replicas, 2: {...progress, Match: match}}})
}

describe('a check finds', () => {
  test.each(rows)('%s: %s', (_, code, broken, subjects) => {
    const found = findingsOf(checkOf(code), fixture(broken))
    expect(found.map(({subject}) => subjectText(subject))).toEqual(subjects)
    for (const {message, next, evidence} of found) {
      expect(textOf(message)).not.toMatch(/\{|undefined/)
      expect(next).toMatch(/^vearchctl [a-z]/)
      expect(evidence.length).toBeGreaterThan(0)
    }
  })
})

describe('and is content with the like:', () => {
  test.each(rows.map(([, code, , , [name, change]]) => [code, name, change] as const))('%s, %s', (code, _, change) => {
    expect(findingsOf(checkOf(code), fixture(change))).toEqual([])
  })
})

test('every check is here', () => {
  expect(new Set(rows.map(([, code]) => code))).toEqual(new Set(catalogue.map(({code}) => code)))
})

test('the sound cluster is sound', () => {
  const {results, findings} = examine(fixture())
  expect(findings).toEqual([])
  expect(results.filter(({verdict}) => verdict !== 'ok')).toEqual([])
})

test('what could not be asked is never ok', () => {
  const {results} = examine(fixture((cluster) => cluster.alone()))
  for (const {check, verdict, gaps} of results) {
    const wants = check.needs.some((source) => source !== 'metadata')
    expect([check.code, verdict]).toEqual([check.code, wants ? 'notChecked' : 'ok'])
    expect(gaps.length > 0).toBe(wants)
  }
})
