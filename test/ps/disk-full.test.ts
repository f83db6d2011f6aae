/** P11: a disk that is full costs writes, and nothing else: refused with 146, reads go on, and writes with them once there is room. */
import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, describe, expect, it} from 'vitest'
import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {systemDisk} from '../../src/env/disk.js'
import type {CodedError} from '../../src/errors/coded-error.js'
import type {Partition} from '../../src/ps/partition.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import {SeededRandom} from '../harness/random.js'
import {SimDisk} from '../harness/sim-disk.js'
import {until} from '../harness/until.js'
import {part, testSpace, whole} from './fixtures.js'
import {idsIn, serverOn} from './one-server.js'

/** What became of a write by now. */
type Fate = 'acknowledged' | 'waits' | {readonly code: number; readonly outcome: string}

class Writes {
  readonly fates = new Map<string, Fate>()

  constructor(private readonly partition: () => Partition) {}

  async write(name: string): Promise<Fate> {
    this.fates.set(name, 'waits')
    const fate = this.partition()
      .upsert(encodeDocuments([whole(name, this.fates.size)]))
      .then(
        (): Fate => 'acknowledged',
        ({code, outcome}: CodedError): Fate => ({code, outcome}),
      )
      .then((settled) => {
        this.fates.set(name, settled)
        return settled
      })
    const turns = new Promise<Fate>((resolve) => setTimeout(() => resolve('waits'), 20))
    return Promise.race([fate, turns])
  }

  acknowledged(): string[] {
    return [...this.fates].flatMap(([name, fate]) => (fate === 'acknowledged' ? [name] : []))
  }
}

/** Of a look that a write may rely on. */
const lookedAtLongAgo = () => delay(150)

/** So much that a disk with room for a few small writes is all but full. */
const muchAsOne = encodeDocuments([{...whole('much', 1), fields: {s: 'x'.repeat(200_000)}}])

const refused = {code: 146, outcome: 'rejected'}

describe('a disk that is full', () => {
  it('refuses writes, serves reads, and takes writes again when there is room', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const server = await serverOn('/data', disk)
    const writes = new Writes(server.partition)
    for (let at = 0; at < 50; at++) await writes.write(`before ${at}`)
    disk.limit(2_000)
    let serial = 0
    await until('writes are refused', async () => {
      const fate = await writes.write(`while filling ${serial++}`)
      return JSON.stringify(fate) === JSON.stringify(refused)
    })
    // refused from now on, also while the disk is being tried again
    for (let at = 0; at < 40; at++) expect(await writes.write(`full ${at}`)).toEqual(refused)
    expect([...writes.fates.values()].filter((fate) => fate === 'waits').length).toBeLessThanOrEqual(1)
    const kept = await idsIn(server.partition())
    expect(kept).toEqual(expect.arrayContaining(writes.acknowledged()))
    expect(kept.some((name) => name.startsWith('full'))).toBe(false)
    // neither a checkpoint nor a change of the space ends the partition
    await expect(server.partition().flush()).rejects.toMatchObject({errorName: 'PARTITION_RESOURCE_EXHAUSTED'})
    await expect(server.partition().updateSpace({...testSpace(), version: 2})).rejects.toMatchObject(refused)
    await expect(server.partition().delete(['before 1'])).rejects.toMatchObject(refused)
    expect(server.partition().failure).toBeNull()

    disk.limit()
    await until('writes are taken', async () => (await writes.write(`after ${serial++}`)) === 'acknowledged')
    expect([...writes.fates.values()]).not.toContain('waits')
    await server.partition().flush()

    const after = await serverOn('/data', disk.afterCrash())
    const found = await idsIn(after.partition())
    expect(found).toEqual(expect.arrayContaining(writes.acknowledged()))
    expect(found.some((name) => name.startsWith('full'))).toBe(false)
    await after.stop()
  })

  it('holds what is in the log and would be written to an engine, and what waits is applied when there is room', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const server = await serverOn('/data', disk)
    const writes = new Writes(server.partition)
    await server.partition().upsert(muchAsOne)
    // room for the log, and not for the pages of an engine
    disk.limit(2_000)
    await lookedAtLongAgo()
    expect(await writes.write('held')).toBe('waits')
    expect(await idsIn(server.partition())).not.toContain('held')
    expect(server.partition().failure).toBeNull()
    disk.limit()
    await until('it is applied', () => writes.fates.get('held') === 'acknowledged')
    expect(await idsIn(server.partition())).toContain('held')

    disk.limit(2_000)
    await lookedAtLongAgo()
    expect(await writes.write('held to the end')).toBe('waits')
    // not a stop that waits for room
    await server.stop()
    expect(writes.fates.get('held to the end')).toMatchObject({outcome: 'unknown'})
    disk.limit()
    const after = await serverOn('/data', disk)
    expect(await idsIn(after.partition())).toEqual(expect.arrayContaining(['much', 'held', 'held to the end']))
    await after.stop()
  })

  it('opens no image, sets none aside, and opens it when there is room', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const server = await serverOn('/data', disk)
    await server.partition().upsert(muchAsOne)
    await server.stop()
    disk.limit(2_000)
    const full = await serverOn('/data', disk)
    expect(() => full.partition()).toThrow('has no room')
    full.partitions.start()
    disk.limit()
    await until('it is opened', () => full.partitions.opened().length === 1)
    expect(await idsIn(full.partition())).toEqual(['much'])
    await full.stop()
  })

  it('does not keep a server from its start that fills it up with what it replays', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const server = await serverOn('/data', disk)
    await server.partition().upsert(muchAsOne)
    const left = disk.afterCrash()
    const space = left.space.bind(left)
    let looks = 0
    // enough for the image, and not for the log
    left.space = async () => (looks++ === 0 ? space() : {...(await space()), freeBytes: 0})
    const after = await serverOn('/data', left)
    expect(await idsIn(after.partition())).toEqual([])
    left.space = space
    await until('it is applied', async () => (await idsIn(after.partition())).length === 1)
    await after.stop()
  })

  it('does not end a partition whose changed space cannot be shown', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    const server = await serverOn('/data', disk)
    await server.partition().upsert(encodeDocuments([whole('a', 1)]))
    // the log's write and its sync, then the file for people
    disk.failNext('ENOSPC', 2)
    await server.partition().updateSpace({...testSpace(), version: 2})
    expect(server.partition().space.version).toBe(2)
    expect(await idsIn(server.partition())).toEqual(['a'])
    const shown = async () => JSON.parse(Buffer.from((await disk.readFile('/data/meta/1/meta.txt')) ?? []).toString())
    expect(await shown()).toMatchObject({version: 1})
    await server.stop()
    const after = await serverOn('/data', disk)
    expect(await shown()).toMatchObject({version: 2})
    await after.stop()
  })
})

const mounted = mountOf('96m')
afterAll(() => mounted?.unmount())

describe.skipIf(mounted === null)('a real disk that is full, under a real engine', () => {
  it('is noticed before the engine meets it', {timeout: 180_000}, async () => {
    const root = mounted?.root ?? ''
    const server = await serverOn(join(root, 'data'), systemDisk, {openEngine: openZvecEngine, rate: 0.7})
    try {
      const batch = (from: number) =>
        encodeDocuments(
          Array.from({length: 500}, (_, at) => ({...whole(`d${from + at}`, at), fields: {s: 'x'.repeat(1_000)}})),
        )
      let acknowledged = 0
      let fate: Fate = 'acknowledged'
      while (fate === 'acknowledged') {
        fate = await server
          .partition()
          .upsert(batch(acknowledged))
          .then(
            (): Fate => 'acknowledged',
            ({code, outcome}: CodedError): Fate => ({code, outcome}),
          )
        if (fate === 'acknowledged') acknowledged += 500
      }
      expect(fate).toEqual(refused)
      expect(server.partition().reads).toBeDefined()
      expect(server.partition().info(false).doc_num).toBe(acknowledged)
      // somebody else takes what is left
      const {bavail, bsize} = statfsSync(root)
      writeFileSync(join(root, 'other'), Buffer.alloc(bavail * bsize * 0.99))
      await expect(server.partition().flush()).rejects.toMatchObject({errorName: 'PARTITION_RESOURCE_EXHAUSTED'})
      const [first] = await server.partition().reads.byDocid([0], false, {fields: [], vectors: ['v']})
      expect(first?.id).toBe('d0')
      rmSync(join(root, 'other'))
      await server.partition().delete(['d0'])
      await server.partition().setExhausted(false)
      expect(await server.partition().upsert(encodeDocuments([part('d1', {s: 'again'})]))).toMatchObject([{code: 0}])
    } finally {
      await server.stop()
    }
  })
})

/** A file system in memory of its own; null where this process may not mount one. */
function mountOf(size: string): {readonly root: string; unmount(): void} | null {
  const root = mkdtempSync(join(tmpdir(), 'disk-full-'))
  try {
    mkdirSync(root, {recursive: true})
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', root], {stdio: 'ignore'})
  } catch {
    rmSync(root, {recursive: true})
    return null
  }
  return {
    root,
    unmount: () => {
      execFileSync('umount', [root])
      rmSync(root, {recursive: true})
    },
  }
}
