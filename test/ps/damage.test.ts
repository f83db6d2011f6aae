/**
 * P9: a bit that flips on disk is noticed, wherever it is; what it touched is never served, and never voted on. Every bit-flip is
 * made on the same disk, that of a server with two checkpoints and a log; each table row is a kind of place.
 */
import {describe, expect, it} from 'vitest'
import {readIdentity, takeIdentity} from '../../src/ps/node-identity.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import type {PsCaller} from '../../src/rpc/ps-api.js'
import {SeededRandom} from '../harness/random.js'
import {SimDisk} from '../harness/sim-disk.js'
import {until} from '../harness/until.js'
import {testEnv, testSpace, whole} from './fixtures.js'
import {idsIn, serverOn} from './one-server.js'

const root = '/data'
const everyDocument = Array.from({length: 30}, (_, at) => `d${at}`)

/** Documents in two checkpoints and, ten of them, in the log alone. */
async function diskOf(ending: 'stop' | 'kill'): Promise<SimDisk> {
  const disk = new SimDisk(new SeededRandom(1))
  const server = await serverOn(root, disk)
  for (const [at, id] of everyDocument.entries()) {
    await server.partition().upsert(encodeDocuments([whole(id, at)]))
    if (at === 9 || at === 19) await server.partition().flush()
  }
  await server.partition().configure({...server.partition().config, refresh_interval: 7})
  if (ending === 'stop') await server.stop()
  return disk.fork()
}

/** The disk with one bit of the file flipped, for bytes spread evenly over the file. */
async function* flips(disk: SimDisk, path: string, count = 40): AsyncGenerator<{at: number; flipped: SimDisk}> {
  const length = (await disk.readFile(path))?.length ?? 0
  expect(length).toBeGreaterThan(0)
  for (let step = 0; step < Math.min(count, length); step++) {
    const at = Math.floor((step * length) / Math.min(count, length))
    const flipped = disk.fork()
    flipped.damage(path, flippedAt(at, step % 8))
    yield {at, flipped}
  }
}

function flippedAt(at: number, bit = 0): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    return bytes
  }
}

const namesIn = (disk: SimDisk) => disk.list(`${root}/data/1/checkpoints`)
async function newestOf(disk: SimDisk): Promise<string> {
  return String(Math.max(...(await namesIn(disk)).map(Number)))
}

describe('a bit that flips', () => {
  it.each([
    {place: 'the image of the newest checkpoint', file: 'state.json'},
    {place: 'the engine of the newest checkpoint', file: 'engine/documents.bin'},
  ])('in $place: the one before is taken, the damaged one set aside', async ({file}) => {
    const disk = await diskOf('kill')
    const newest = await newestOf(disk)
    for await (const {at, flipped} of flips(disk, `${root}/data/1/checkpoints/${newest}/${file}`)) {
      const server = await serverOn(root, flipped)
      expect(await idsIn(server.partition()), `byte ${at}`).toEqual(everyDocument)
      expect(await namesIn(flipped), `byte ${at}`).toContain(`${newest}.broken`)
      await server.stop()
    }
  })

  it('in both checkpoints: nothing is served, and the reason is told', async () => {
    const disk = await diskOf('kill')
    for (const name of await namesIn(disk)) {
      disk.damage(`${root}/data/1/checkpoints/${name}/engine/documents.bin`, flippedAt(20))
    }
    const server = await serverOn(root, disk)
    expect(() => server.partition()).toThrow(/data_corrupt:.*documents\.bin is not what was written/)
    expect(server.partitions.info([], false)).toMatchObject([{pid: 1, color: 'red', doc_num: 0}])
    await server.stop()
  })

  it('in what a clean stop left: a checkpoint is taken', async () => {
    const disk = await diskOf('stop')
    for await (const {at, flipped} of flips(disk, `${root}/data/1/clean.json`)) {
      const server = await serverOn(root, flipped)
      expect(await idsIn(server.partition()), `byte ${at}`).toEqual(everyDocument)
      await server.stop()
    }
  })

  it('in a checkpoint that a clean stop made unnecessary: it is set aside, and never sent', async () => {
    const disk = await diskOf('stop')
    const newest = await newestOf(disk)
    for await (const {at, flipped} of flips(disk, `${root}/data/1/checkpoints/${newest}/state.json`, 10)) {
      const server = await serverOn(root, flipped)
      expect(await idsIn(server.partition()), `byte ${at}`).toEqual(everyDocument)
      await expect(server.partition().checkpointFiles(Number(newest))).rejects.toThrow()
      await server.stop()
    }
  })

  it("in an operator's settings: the partition waits for the operator", async () => {
    const disk = await diskOf('kill')
    for await (const {at, flipped} of flips(disk, `${root}/meta/1/settings.json`)) {
      const server = await serverOn(root, flipped)
      expect(() => server.partition(), `byte ${at}`).toThrow(/settings\.json is not what was written/)
      await server.stop()
    }
  })

  it('in the file that shows the space: it is written anew', async () => {
    const disk = await diskOf('kill')
    const path = `${root}/meta/1/meta.txt`
    for await (const {at, flipped} of flips(disk, path, 10)) {
      const server = await serverOn(root, flipped)
      expect(await idsIn(server.partition()), `byte ${at}`).toEqual(everyDocument)
      expect(JSON.parse(Buffer.from((await flipped.readFile(path)) ?? []).toString())).toMatchObject({
        id: testSpace().id,
      })
      await server.stop()
    }
  })

  it('in the id of the node: it does not start as another', async () => {
    const disk = new SimDisk(new SeededRandom(1))
    await disk.makeDirectory(root)
    await takeIdentity({...testEnv, disk}, root, 'vearch', async () => 12)
    for await (const {at, flipped} of flips(disk, `${root}/server_meta.txt`, 100)) {
      const found = await readIdentity(flipped, root, 'vearch').catch(({errorName}) => errorName)
      // a name that flipped leaves the id without its checksum
      expect([12, 'DATA_CORRUPT', 'FOREIGN_NODE_ID'], `byte ${at}`).toContain(found)
    }
  })

  it('in the log: the server does not start, or has everything but what looks like a write that was cut off', async () => {
    const disk = await diskOf('kill')
    const [segment = ''] = (await disk.list(`${root}/raft`)).filter((name) => name.endsWith('.wal'))
    const path = `${root}/raft/${segment}`
    let refusals = 0
    for await (const {at, flipped} of flips(disk, path, 120)) {
      const server = await serverOn(root, flipped).catch(({errorName}) => String(errorName))
      if (typeof server === 'string') {
        expect(server, `byte ${at}`).toBe('DATA_CORRUPT')
        refusals++
        continue
      }
      const found = await idsIn(server.partition())
      expect([everyDocument, everyDocument.slice(0, -1)], `byte ${at}`).toContainEqual(found)
      await server.stop()
    }
    expect(refusals).toBeGreaterThan(60)
  })

  it('in a checkpoint that another server wants: it is not sent, another one is made, and that one is', async () => {
    const disk = await diskOf('kill')
    const server = await serverOn(root, disk)
    await server.partition().flush()
    const newest = Number(await newestOf(disk))
    disk.damage(`${root}/data/1/checkpoints/${newest}/engine/documents.bin`, flippedAt(20))
    await expect(server.partition().checkpointFiles(newest)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
    await until('there is another', async () => (await namesIn(disk)).includes(String(newest)))
    expect((await server.partition().checkpointFiles(newest)).files.length).toBe(2)
    await server.stop()
  })

  it.each([
    {what: 'a piece on its way', flip: 'piece'},
    {what: 'a file before it was listed', flip: 'file'},
  ] as const)('in $what: what came is thrown away', async ({flip}) => {
    const donor = await serverOn(root, await diskOf('kill'))
    await donor.partition().flush()
    const index = donor.log.group(donor.partition().id).lastIndex
    let isFlipping = true
    const call = async (_: unknown, method: string, request: {path?: string; index: number}) => {
      if (method === 'checkpointFiles') {
        const {files} = await donor.partition().checkpointFiles(request.index)
        const wrong = (file: (typeof files)[number]) =>
          isFlipping && flip === 'file' && file.path.startsWith('engine') ? {...file, crc: 1} : file
        return {files: files.map(wrong)}
      }
      const piece = await donor.partition().checkpointBytes(request as never)
      if (isFlipping && flip === 'piece') piece.bytes[3] = (piece.bytes[3] ?? 0) ^ 1
      return piece
    }
    const disk = new SimDisk(new SeededRandom(2))
    const server = await serverOn(root, disk, {rpc: {call: call as unknown as PsCaller['call']}})
    const take = () => server.partition().takeCheckpoint(index, {host: 'donor', port: 1}, new AbortController().signal)
    await expect(take()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
    isFlipping = false
    await take()
    await donor.stop()
    await server.stop()
  })
})
