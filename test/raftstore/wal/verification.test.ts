/** A log of several segments at rest: sound as it was closed, and damaged wherever a bit flips or a segment is missing. */
import {describe, expect, it} from 'vitest'
import {partitionId} from '../../../src/entity/ids.js'
import {silentLog} from '../../../src/env/log.js'
import {systemEnv} from '../../../src/env/system-env.js'
import {recordHeaderBytes} from '../../../src/raftstore/wal/record.js'
import {verifyLog} from '../../../src/raftstore/wal/verification.js'
import {WriteAheadLog} from '../../../src/raftstore/wal/write-ahead-log.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'

const directory = '/data/raft'
const segmentBytes = 2_048
/** Of the record that changes nothing: a hard state. */
const vouchBytes = recordHeaderBytes + 8

async function closedLog(): Promise<SimDisk> {
  const disk = new SimDisk(new SeededRandom(1))
  const log = new WriteAheadLog({...systemEnv(silentLog), disk}, {directory, segmentBytes})
  await log.start()
  for (let index = 1; index <= 40; index++) {
    const group = log.group(partitionId(1 + (index % 2)))
    await group.append([{index: Math.ceil(index / 2), term: 1, payload: Buffer.alloc(100, `entry ${index} `)}])
  }
  await log.close()
  return disk
}

async function verify(disk: SimDisk) {
  const found = []
  for await (const segment of verifyLog(disk, directory)) found.push(segment)
  return found
}

const segmentsOf = async (disk: SimDisk) => (await disk.list(directory)).filter((name) => name.endsWith('.wal'))

describe('a log at rest', () => {
  it('is sound, every record of it', async () => {
    const disk = await closedLog()
    const found = await verify(disk)
    expect(found.length).toBeGreaterThan(2)
    expect(found.map(({state, fault}) => [state, fault])).toEqual(found.map(() => ['sound', null]))
    expect(found.reduce((sum, {records}) => sum + records, 0)).toBeGreaterThanOrEqual(40)
  })

  it('is damaged wherever a bit of it flips, in that segment alone', async () => {
    const disk = await closedLog()
    const names = await segmentsOf(disk)
    for (const name of names) {
      const {length} = (await disk.readFile(`${directory}/${name}`)) ?? []
      for (let at = 0; at < Number(length); at += 3) {
        const flipped = disk.fork()
        flipped.damage(`${directory}/${name}`, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
          return bytes
        })
        const path = `${directory}/${name}`
        const unsound = (await verify(flipped)).filter(({state}) => state !== 'sound')
        expect(
          unsound.map((segment) => segment.path),
          `byte ${at}`,
        ).toEqual([path])
        // what comes after the last write is there only to vouch for it
        const mayBeTorn = name === names.at(-1) && at >= Number(length) - vouchBytes
        if (!mayBeTorn) expect(unsound[0]?.state, `byte ${at}`).toBe('damaged')
      }
    }
  }, 60_000)

  it('is damaged where a segment that is needed is gone', async () => {
    const disk = await closedLog()
    const [, second = ''] = await segmentsOf(disk)
    await disk.remove(`${directory}/${second}`)
    expect((await verify(disk)).map(({fault}) => fault).at(-1)).toMatch(/^no segment has entry \d+ of partition \d$/)
  })

  it('is torn, and no more, where a crash cut the last write short', async () => {
    const disk = await closedLog()
    const last = (await segmentsOf(disk)).at(-1) ?? ''
    disk.damage(`${directory}/${last}`, (bytes) => Buffer.concat([bytes, Buffer.from('half a record')]))
    expect((await verify(disk)).at(-1)?.state).toBe('torn')
  })
})
