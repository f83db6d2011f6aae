/** Real servers with real raft groups, looked at: what is well is called well, and what is stopped or killed is named. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {examine} from '../../src/admin/doctor/doctor.js'
import {subjectText} from '../../src/admin/doctor/finding.js'
import {healthOf} from '../../src/admin/health/health.js'
import {replicaLines} from '../../src/admin/partitions/replica-line.js'
import {verificationOf} from '../../src/admin/partitions/verification.js'
import {readDataDirectories} from '../../src/admin/picture/disk-reading.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {planTransfer} from '../../src/admin/plan/replica-plans.js'
import {nodeId} from '../../src/entity/ids.js'
import {isObject, parseJson} from '../../src/entity/json.js'
import {systemDisk} from '../../src/env/disk.js'
import {TestCluster} from '../harness/cluster.js'
import {Lookout} from '../harness/lookout.js'
import {until} from '../harness/until.js'

const nodeTimeoutMs = 1_000

describe('a cluster of three servers', () => {
  let cluster: TestCluster
  let lookout: Lookout

  beforeAll(async () => {
    cluster = await TestCluster.start({ps: 3, embedded: true})
    lookout = new Lookout(cluster, nodeTimeoutMs)
    await cluster.createSpace({name: 'seen', partition_num: 2, replica_num: 3, dimension: 4})
    const documents = Array.from({length: 200}, (_, n) => ({_id: `d${n}`, v: [n, 1, 2, 3]}))
    await cluster.ask('POST', '/document/upsert?timeout=10000', {db_name: 'db', space_name: 'seen', documents})
  }, 120_000)
  afterAll(async () => {
    await lookout?.stop()
    await cluster?.stop()
  })

  function look(): Promise<ClusterPicture> {
    const masters = cluster.masters.map(({url}) => ({
      url,
      get: async (path: string, signal: AbortSignal) => {
        const response = await fetch(url + path, {signal})
        const envelope = parseJson(await response.text())
        return {data: isObject(envelope) ? envelope.data : null}
      },
    }))
    const disks = cluster.servers.map(
      ({data}) =>
        () =>
          readDataDirectories(systemDisk, [data]),
    )
    return lookout.look({masters, disks})
  }

  const found = (picture: ClusterPicture) =>
    examine(picture, {severity: 'warning'}).findings.map(({code, subject}) => `${code} ${subjectText(subject)}`)

  it('that is well', async () => {
    await until('every replica has applied everything', async () => {
      const {partitions} = await look()
      return [...partitions.values()].every((sight) => verificationOf(sight).verdict === 'equal')
    })
    const picture = await look()
    expect(found(picture)).toEqual([])
    expect(healthOf(picture)).toMatchObject({word: 'OK', writable: {count: 2, of: 2}, readable: {count: 2, of: 2}})
    for (const sight of picture.partitions.values()) {
      const lines = replicaLines(sight, picture)
      expect(lines.map(({verdict, lag}) => [verdict, lag])).toEqual([
        ['ok', 0],
        ['ok', 0],
        ['ok', 0],
      ])
      expect(lines.every(({docs, bytes}) => docs !== null && docs > 0 && bytes !== null)).toBe(true)
      expect(planTransfer(picture, sight.id, null).steps).toHaveLength(1)
    }
    expect(picture.disks.map((disk) => disk.told && disk.value.partitions.length)).toEqual([2, 2, 2])
  }, 60_000)

  it('with one that is stopped', async () => {
    const [first] = cluster.servers
    first?.process.signal('SIGSTOP')
    try {
      // its lease lives on for some seconds: whoever only reads the metadata sees nothing
      const {nodes: answers} = await look()
      const late = [...answers.values()].filter((answer) => !answer.told && answer.silence.reason === 'late')
      expect(late).toHaveLength(1)
    } finally {
      first?.process.signal('SIGCONT')
    }
  }, 60_000)

  it('with one that is killed', async () => {
    const [, second] = cluster.servers
    const before = await look()
    const id = [...before.disks.entries()].flatMap(([at, disk]) =>
      at === 1 && disk.told ? [disk.value.identity?.node] : [],
    )[0]
    await second?.process.end('SIGKILL')
    await until('its lease has ended and another leads', async () => {
      const picture = await look()
      return !picture.metadata.servers.has(id ?? nodeId(0)) && healthOf(picture).writable.count === 2
    })
    const picture = await look()
    expect(healthOf(picture).word).toBe('DEGRADED')
    expect(found(picture).filter((finding) => finding.startsWith('VC103'))).toEqual([
      'VC103 partition 1',
      'VC103 partition 2',
    ])
    expect(found(picture).filter((finding) => finding.startsWith('VC101'))).toEqual([])
  }, 60_000)
})
