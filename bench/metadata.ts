/**
 * Looking at a big cluster: 10,000 partitions in metadata, listed by the master and by the command line.
 *
 * The records are written straight into the metadata, in the shape that Vearch gives them; no server holds the partitions.
 */
import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {promisify} from 'node:util'
import {dbId, partitionId, spaceId} from '../src/entity/ids.js'
import {slotBounds} from '../src/entity/slot.js'
import {silentLog} from '../src/env/log.js'
import {systemEnv} from '../src/env/system-env.js'
import {EtcdStore} from '../src/meta/etcd-store.js'
import {Keys} from '../src/meta/keys.js'
import {putRecord} from '../src/meta/repository.js'
import {binary, TestCluster} from '../test/harness/cluster.js'
import {atMost, median, type Row} from './table.js'

const partitionCount = 10_000
const partitionsPerSpace = 100
const nodes = 20
const runs = 5
const limitMs = 1_000

export async function metadataBench(): Promise<Row[]> {
  const cluster = await TestCluster.start({ps: 0})
  try {
    await fill(cluster)
    const master = cluster.masters[0]
    const pid = master?.process.pid ?? 0
    const before = await residentMiB(pid)
    const listing = await times(async () => {
      const response = await fetch(`${master?.url}/partitions`)
      const {data} = (await response.json()) as {data: unknown[]}
      if (data.length !== partitionCount) throw new Error(`${data.length} partitions listed`)
    })
    const after = await residentMiB(pid)
    const command = await times(async () => {
      const words = ['partitions', 'list', '--node', '3', '--json', '--conf', cluster.conf]
      const {stdout} = await promisify(execFile)(process.execPath, [binary, ...words], {maxBuffer: 1 << 28})
      const {data} = JSON.parse(stdout) as {data: unknown[]}
      if (data.length !== partitionCount / nodes) throw new Error(`${data.length} partitions on the node`)
    })
    const idle = await times(() => promisify(execFile)(process.execPath, ['-e', '0']))
    return [
      atMost(`GET /partitions, ${partitionCount} partitions`, listing, limitMs),
      {what: 'master, resident before / after', figure: `${before} / ${after} MiB`},
      atMost('vearchctl partitions list --node 3', command, limitMs),
      {what: 'the same, over node -e 0', figure: (command / idle).toFixed(1)},
    ]
  } finally {
    await cluster.stop()
  }
}

async function fill(cluster: TestCluster): Promise<void> {
  const store = new EtcdStore({endpoints: [cluster.masters[0]?.etcd ?? '']}, systemEnv(silentLog))
  const keys = new Keys('test')
  const db = dbId(1)
  await store.transact({
    then: [
      putRecord(keys.db(db), {id: db, name: 'big'}),
      {type: 'put', key: keys.dbName(db), value: 'big'},
      {type: 'put', key: keys.dbId('big'), value: '1'},
    ],
  })
  const bounds = slotBounds(partitionsPerSpace)
  for (let space = 1; space <= partitionCount / partitionsPerSpace; space++) {
    const partitions = bounds.map((slot, index) => {
      const id = (space - 1) * partitionsPerSpace + index + 1
      return {
        id: partitionId(id),
        name: '',
        space_id: spaceId(space),
        db_id: db,
        partition_slot: slot,
        replicas: [(id % nodes) + 1],
        resourceExhausted: false,
      }
    })
    await store.transact({
      then: [
        putRecord(keys.space(db, spaceId(space)), {
          id: space,
          name: `s${space}`,
          resource_name: 'default',
          version: 2,
          db_id: db,
          enabled: true,
          partitions,
          partition_num: partitionsPerSpace,
          replica_num: 1,
          fields: [],
          space_properties: {},
        }),
        ...partitions.map((partition) =>
          putRecord(keys.partition(partition.id), {
            ...partition,
            leader_name: partition.replicas[0],
            update_time: 1_700_000_000_000_000_000n,
          }),
        ),
      ],
    })
  }
  await store.close()
}

/** The median duration in milliseconds. */
async function times(work: () => Promise<unknown>): Promise<number> {
  const durations: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    await work()
    durations.push(performance.now() - startedAt)
  }
  return median(durations)
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
