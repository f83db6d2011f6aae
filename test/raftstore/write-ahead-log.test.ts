import {describe, expect, it} from 'vitest'
import {partitionId} from '../../src/entity/ids.js'
import {systemClock} from '../../src/env/clock.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'
import type {GroupLog, LogEntry} from '../../src/raftstore/log.js'
import {queueBytesMax, WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import {SeededRandom} from '../harness/random.js'
import {type Fault, SimDisk} from '../harness/sim-disk.js'
import {until} from '../harness/until.js'
import {hastyClock} from './hasty-clock.js'
import {pictureOf} from './log-model.js'

const directory = '/data/raft'
const one = partitionId(1)
const two = partitionId(2)
const three = partitionId(3)

const newDisk = (fault: Fault | null = null): SimDisk => new SimDisk(new SeededRandom(1), fault)

async function openOn(
  disk: SimDisk,
  onFatal: (error: Error) => void = () => {},
  clock = systemClock,
): Promise<WriteAheadLog> {
  const salts = new SeededRandom(disk.calls)
  const random = {
    below: () => 0,
    bytes: (count: number) => Buffer.from(Array.from({length: count}, () => salts.below(256))),
  }
  const log = new WriteAheadLog(
    {...systemEnv(silentLog), clock, disk, random},
    {directory, segmentBytes: 4_096, segmentsMax: 1, onFatal},
  )
  await log.start()
  return log
}

async function reopen(log: WriteAheadLog, disk: SimDisk): Promise<WriteAheadLog> {
  await log.close()
  return openOn(disk)
}

function entries(from: number, to: number, term = 1, bytes = 100): LogEntry[] {
  return Array.from({length: to - from + 1}, (_, at) => {
    return {index: from + at, term, payload: Buffer.alloc(bytes, `${term}.${from + at} `)}
  })
}

async function read(log: GroupLog, from = log.firstIndex): Promise<LogEntry[]> {
  const found: LogEntry[] = []
  for await (const entry of log.read(from)) found.push(entry)
  return found
}

/** Each in a write of its own, so that segments fill up evenly. */
async function appendOneByOne(log: GroupLog, all: readonly LogEntry[]): Promise<void> {
  for (const entry of all) await log.append([entry])
}

/** Of the record that follows the last write. */
const vouchBytes = 36 + 8

const segments = async (disk: SimDisk): Promise<string[]> =>
  (await disk.list(directory)).filter((name) => name.endsWith('.wal'))

describe('a group in the log', () => {
  it('is empty at first, and keeps what it is given over a restart', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    const empty = {firstIndex: 1, lastIndex: 0, lastTerm: 0, bytes: 0, hardState: {term: 0, vote: 0, commit: 0}}
    expect(log.group(one)).toMatchObject(empty)
    expect(log.groups()).toEqual([])
    await log.group(one).append(entries(1, 3))
    await log.group(one).saveHardState({term: 4, vote: 2, commit: 3})
    log = await reopen(log, disk)
    const kept = {firstIndex: 1, lastIndex: 3, lastTerm: 1, bytes: 300, hardState: {term: 4, vote: 2, commit: 3}}
    expect(log.group(one)).toMatchObject(kept)
    expect(await read(log.group(one), 2)).toEqual(entries(2, 3))
    expect(log.groups()).toEqual([one])
  })

  it('shows an entry only once it is on disk', async () => {
    const disk = newDisk()
    const log = await openOn(disk)
    const appended = log.group(one).append(entries(1, 1))
    expect(log.group(one).lastIndex).toBe(0)
    await appended
    expect(disk.trace.at(-1)).toMatch(/^sync .*wal$/)
    expect(log.group(one).lastIndex).toBe(1)
  })

  it('has its suffix replaced by an append from a lower index', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await log.group(one).append(entries(1, 5))
    await log.group(one).append(entries(3, 4, 2))
    for (let restart = 0; restart < 2; restart++) {
      expect(await read(log.group(one))).toEqual([...entries(1, 2), ...entries(3, 4, 2)])
      expect(log.group(one).lastTerm).toBe(2)
      log = await reopen(log, disk)
    }
  })

  it('loses its prefix, keeps the term of what it lost, and may be moved on beyond its end', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await log.group(one).append(entries(1, 5, 7))
    await log.group(one).truncatePrefix(3)
    await log.group(one).truncatePrefix(2)
    expect(await read(log.group(one))).toEqual(entries(4, 5, 7))
    await log.group(one).truncatePrefix(5)
    log = await reopen(log, disk)
    expect(log.group(one)).toMatchObject({firstIndex: 6, lastIndex: 5, lastTerm: 7, bytes: 0})
    await log.group(one).truncatePrefix(9, 8)
    expect(log.group(one)).toMatchObject({firstIndex: 10, lastIndex: 9, lastTerm: 8})
    await log.group(one).append(entries(10, 11, 8))
    log = await reopen(log, disk)
    expect(await read(log.group(one))).toEqual(entries(10, 11, 8))
  })

  it('forgets what does not lead to a state that came from elsewhere, and nothing that does', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await Promise.all([log.group(one).append(entries(1, 5, 7)), log.group(two).append(entries(1, 5, 7))])
    // entries that another leader left and nobody committed follow nothing any more
    await log.group(one).truncatePrefix(3, 8)
    await log.group(two).truncatePrefix(3, 7)
    for (let restart = 0; restart < 2; restart++) {
      expect(log.group(one)).toMatchObject({firstIndex: 4, lastIndex: 3, lastTerm: 8, bytes: 0})
      expect(await read(log.group(two))).toEqual(entries(4, 5, 7))
      log = await reopen(log, disk)
    }
    await log.group(one).append(entries(4, 4, 8))
    expect(await read(log.group(one))).toEqual(entries(4, 4, 8))
  })

  it('knows the term before its first entry when the segment that held it is gone', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await log.group(one).append(entries(1, 3, 7))
    await appendOneByOne(log.group(two), entries(1, 60))
    const [first = ''] = await segments(disk)
    await log.group(two).truncatePrefix(60)
    await log.group(one).truncatePrefix(3)
    await until('the first segment is gone', async () => !(await segments(disk)).includes(first))
    log = await reopen(log, disk)
    expect(log.group(one)).toMatchObject({firstIndex: 4, lastIndex: 3, lastTerm: 7})
  })

  it('knows it as well where an older segment still holds the entry of another leader', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await Promise.all([log.group(one).append(entries(1, 3, 7)), log.group(two).append(entries(1, 1))])
    await appendOneByOne(log.group(three), entries(1, 40))
    await log.group(one).append(entries(3, 3, 8))
    const replaced = (await segments(disk)).at(-1) ?? ''
    await appendOneByOne(log.group(three), entries(41, 80))
    await log.group(three).truncatePrefix(80)
    await log.group(one).truncatePrefix(3)
    await until('what took its place is gone', async () => !(await segments(disk)).includes(replaced))
    log = await reopen(log, disk)
    expect(log.group(one)).toMatchObject({firstIndex: 4, lastIndex: 3, lastTerm: 8})
  })

  it('may be dropped, and begun anew before the drop is on disk', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await Promise.all([log.group(one).append(entries(1, 3)), log.group(two).append(entries(1, 1))])
    const group = log.group(one)
    await Promise.all([log.dropGroup(one), group.append(entries(1, 1, 9))])
    await log.dropGroup(two)
    log = await reopen(log, disk)
    expect(log.groups()).toEqual([one])
    expect(await read(log.group(one))).toEqual(entries(1, 1, 9))
  })

  it.each([
    {why: 'leave a gap', first: 4},
    {why: 'reach below the first one', first: 0},
  ])('refuses entries that $why', async ({first}) => {
    const log = await openOn(newDisk())
    await log.group(one).append(entries(1, 2))
    await expect(log.group(one).append(entries(first, first))).rejects.toThrow('entries follow the log')
  })
})

describe('the log', () => {
  it('syncs once for all that is appended together, whichever group it is for', async () => {
    const disk = newDisk()
    const log = await openOn(disk)
    const before = disk.calls
    await Promise.all(Array.from({length: 20}, (_, at) => log.group(partitionId(at + 1)).append(entries(1, 1, 1, 10))))
    expect(disk.trace.slice(before).map((call) => call.split(' ')[0])).toEqual(['write', 'sync'])
  })

  it('lets a small crowd gather before the next sync, and never keeps a lone writer or a large crowd waiting', async () => {
    const pauses: (() => void)[] = []
    const sleep = () => new Promise<void>((resolve) => pauses.push(resolve))
    const disk = newDisk()
    const log = await openOn(disk, () => {}, {...systemClock, sleep})
    await appendOneByOne(log.group(one), entries(1, 3))
    expect(pauses).toHaveLength(0)
    await log.group(one).append(entries(4, 7))
    const before = disk.trace.length
    const early = log.group(one).append(entries(8, 8))
    await until('the log waits for more', async () => pauses.length === 1)
    expect(disk.trace).toHaveLength(before)
    const late = log.group(two).append(entries(1, 3))
    pauses[0]?.()
    await Promise.all([early, late])
    expect(disk.trace.slice(before).map((call) => call.split(' ')[0])).toEqual(['write', 'sync'])
    await log.group(two).append(entries(4, 19))
    expect(pauses).toHaveLength(1)
  })

  it('removes segments that nobody needs, between needed ones too, and names who needs the others', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    await log.group(two).append(entries(1, 1))
    await appendOneByOne(log.group(one), entries(1, 100))
    await appendOneByOne(log.group(two), entries(2, 2))
    const before = await segments(disk)
    expect(before.length).toBeGreaterThan(3)
    await log.group(one).truncatePrefix(100)
    const ends = [before[0] ?? '', before.at(-1) ?? '']
    await until('only the ends are left', async () => `${await segments(disk)}` === `${ends}`)
    expect(log.pinned()).toEqual([{group: two, firstIndex: 1, lastIndex: 2, segments: 2}])
    log = await reopen(log, disk)
    expect(await read(log.group(two))).toEqual(entries(1, 2))
    expect(log.group(one)).toMatchObject({firstIndex: 101, lastIndex: 100})
    await log.group(two).truncatePrefix(1)
    await until('only the last is left', async () => `${await segments(disk)}` === ends[1])
    expect(log.pinned()).toEqual([])
  })

  it('keeps a file open as long as somebody reads it, even if the segment is removed', async () => {
    const disk = newDisk()
    const events: string[] = []
    let letRead: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      letRead = resolve
    })
    const open = disk.open.bind(disk)
    disk.open = async (path, options) => {
      const file = await open(path, options)
      const read = async (target: Uint8Array, position: number): Promise<number> => {
        await gate
        events.push(`read ${path}`)
        return file.read(target, position)
      }
      return {...file, read, close: async () => void events.push(`closed ${path}`)}
    }
    const log = await openOn(disk)
    await appendOneByOne(log.group(one), entries(1, 40))
    const first = log.group(one).read(1)[Symbol.asyncIterator]().next()
    await log.group(one).truncatePrefix(40)
    const path = `${directory}/0000000000000001.wal`
    await until('the segment is removed', async () => !(await disk.exists(path)))
    letRead()
    expect((await first).value).toEqual(entries(1, 1)[0])
    expect(events).toEqual([`read ${path}`, `closed ${path}`])
  })

  it('keeps others out of its directory', async () => {
    const disk = newDisk()
    const log = await openOn(disk)
    await expect(openOn(disk)).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    await log.close()
    await (await openOn(disk)).close()
  })

  it('refuses what its queue cannot hold, and what was to follow that', async () => {
    const log = await openOn(newDisk())
    const huge = entries(1, 1, 1, queueBytesMax - 1_000)
    const accepted = log.group(one).append(huge)
    const refused = log.group(one).append(entries(2, 2, 1, 2_000))
    const behind = log.group(one).append(entries(3, 3, 1, 1))
    const other = log.group(two).append(entries(1, 1, 1, 1))
    const exhausted = {errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected', retryable: true}
    await expect(refused).rejects.toMatchObject(exhausted)
    await expect(behind).rejects.toMatchObject(exhausted)
    await Promise.all([accepted, other])
    await log.group(one).append(entries(2, 2))
    expect(log.group(one).lastIndex).toBe(2)
  })

  it('goes on after the disk was full', async () => {
    const disk = newDisk()
    let log = await openOn(disk)
    disk.failNext('ENOSPC')
    const refused = {errorName: 'PARTITION_RESOURCE_EXHAUSTED', outcome: 'rejected'}
    await expect(log.group(one).append(entries(1, 2))).rejects.toMatchObject(refused)
    await log.group(one).append(entries(1, 1, 2))
    log = await reopen(log, disk)
    expect(await read(log.group(one))).toEqual(entries(1, 1, 2))
  })

  it.each(['EIO', 'ENOSPC'] as const)(
    'is finished by a sync that fails (%s): says so once, and takes nothing any more',
    async (kind) => {
      const fatal: string[] = []
      const disk = newDisk()
      const log = await openOn(disk, (error) => fatal.push(error.message))
      const writes = 1
      disk.failNext(kind, writes)
      const lost = [log.group(one).append(entries(1, 1)), log.group(two).append(entries(1, 1))]
      for (const append of lost)
        await expect(append).rejects.toMatchObject({errorName: 'INTERNAL_ERROR', outcome: 'unknown'})
      await expect(log.group(one).append(entries(1, 1))).rejects.toMatchObject({outcome: 'rejected'})
      expect(fatal).toEqual([expect.stringContaining('did not sync')])
      await log.close()
      await log.close()
      await expect(log.group(one).append(entries(1, 1))).rejects.toMatchObject({errorName: 'PARTITION_IS_CLOSED'})
    },
  )
})

describe('a restart', () => {
  it.each([1, 2, 3, 4, 5])(
    'makes durable what a failed sync left in memory, before a crash (disk %i)',
    async (seed) => {
      const disk = new SimDisk(new SeededRandom(seed))
      let log = await openOn(disk)
      await log.group(one).append(entries(1, 3))
      disk.failNext('EIO', 1)
      await expect(log.group(one).append(entries(4, 5))).rejects.toMatchObject({outcome: 'unknown'})
      log = await reopen(log, disk)
      const kept = log.group(one).lastIndex
      await log.group(one).append(entries(kept + 1, 8))
      log = await openOn(disk.afterCrash())
      expect(await read(log.group(one))).toEqual(entries(1, 8))
    },
  )

  /** Three segments and a bit, in one group. */
  async function filled(): Promise<{disk: SimDisk; names: string[]; picture: string}> {
    const disk = newDisk()
    const log = await openOn(disk)
    await appendOneByOne(log.group(one), entries(1, 100))
    const picture = await pictureOf(log)
    await log.close()
    return {disk, names: (await segments(disk)).map((name) => `${directory}/${name}`), picture}
  }

  const flip = (at: number) => (bytes: Buffer) => {
    const byte = bytes.at(at) ?? 0
    bytes[at < 0 ? bytes.length + at : at] = byte ^ 0x40
    return bytes
  }

  it('finds the same through footers as without them', async () => {
    const {disk, names, picture} = await filled()
    for (const name of names.slice(0, -1)) disk.damage(name, flip(-1))
    expect(await pictureOf(await openOn(disk))).toBe(picture)
  })

  it('cuts a torn tail off and goes on', async () => {
    const {disk, names} = await filled()
    disk.damage(names.at(-1) ?? '', (bytes) => bytes.subarray(0, bytes.length - vouchBytes - 20))
    let log = await openOn(disk)
    expect(log.group(one).lastIndex).toBe(99)
    await log.group(one).append(entries(100, 102))
    log = await reopen(log, disk)
    expect(await read(log.group(one))).toEqual(entries(1, 102))
  })

  it('does not revive what lay behind a torn record', async () => {
    let disk = newDisk()
    let log = await openOn(disk)
    await log.group(one).append(entries(1, 2))
    disk = disk.afterCrash()
    const [name = ''] = await segments(disk)
    const recordBytes = 36 + 100
    disk.damage(`${directory}/${name}`, flip(-recordBytes - 1))
    log = await openOn(disk)
    expect(log.group(one).lastIndex).toBe(0)
    await log.group(one).append(entries(1, 1, 5))
    log = await reopen(log, disk)
    expect(await read(log.group(one))).toEqual(entries(1, 1, 5))
  })

  it('takes damage to what was acknowledged last for what it is', async () => {
    const {disk, names} = await filled()
    disk.damage(names.at(-1) ?? '', flip(-vouchBytes - 1))
    await expect(openOn(disk)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  it('takes it for what it is after a crash too, once the log was idle for a while', async () => {
    let disk = newDisk()
    const log = await openOn(disk, () => {}, hastyClock)
    await log.group(one).append(entries(1, 2))
    const [name = ''] = await segments(disk)
    const written = (await disk.readFile(`${directory}/${name}`))?.length ?? 0
    await until('something follows', async () => ((await disk.readFile(`${directory}/${name}`))?.length ?? 0) > written)
    // as the kernel does by itself, in its time
    disk.damage(`${directory}/${name}`, (bytes) => bytes)
    disk = disk.afterCrash()
    const again = await openOn(disk)
    expect(again.group(one).lastIndex).toBe(2)
    await again.close()
    disk.damage(`${directory}/${name}`, flip(written - 1))
    await expect(openOn(disk)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  it('adds nothing to a log that is opened and closed', async () => {
    const {disk, names} = await filled()
    const path = names.at(-1) ?? ''
    const bytes = await disk.readFile(path)
    await reopen(await openOn(disk), disk).then((log) => log.close())
    expect(await disk.readFile(path)).toEqual(bytes)
  })

  it.each([
    {what: 'a byte in the last segment, with whole writes after it', file: -1, change: flip(300), offset: 248},
    {what: 'the header of a sealed segment', file: 1, change: flip(9), offset: 0},
    {what: 'the header of the last segment', file: -1, change: flip(9), offset: 0},
    {what: 'the opening of a sealed segment', file: 1, change: flip(50), offset: 24},
    {what: 'the opening of the last segment', file: -1, change: flip(50), offset: 0},
  ])('stops at damage to $what, and names the place', async ({file, change, offset}) => {
    const {disk, names} = await filled()
    const path = names.at(file) ?? ''
    disk.damage(path, change)
    await expect(openOn(disk)).rejects.toMatchObject({errorName: 'DATA_CORRUPT', facts: {path, offset}})
    await expect(openOn(disk)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
  })

  it('stops when a segment is missing', async () => {
    const {disk, names} = await filled()
    await disk.remove(names[1] ?? '')
    await expect(openOn(disk)).rejects.toThrow(/entry \d+ of group 1 is missing/)
  })

  it('leaves damage in a sealed segment to be found by the read, which names the place', async () => {
    const {disk, names} = await filled()
    disk.damage(names[0] ?? '', flip(300))
    const log = await openOn(disk)
    await expect(read(log.group(one))).rejects.toMatchObject({
      errorName: 'DATA_CORRUPT',
      message: expect.stringContaining('entry 2 of group 1'),
      facts: {path: names[0]},
    })
  })

  it('refuses a format that it does not know', async () => {
    const {disk, names} = await filled()
    const {crc32} = await import('node:zlib')
    disk.damage(names.at(-1) ?? '', (bytes) => {
      bytes.writeUInt32LE(2, 4)
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
      return bytes
    })
    await expect(openOn(disk)).rejects.toThrow('has format 2, this program knows formats up to 1')
  })
})
