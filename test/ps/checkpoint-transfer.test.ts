/** Checkpoints from one directory to another, over calls that may stop half-way and servers that differ. */
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {partitionId} from '../../src/entity/ids.js'
import {fetchCheckpoint, listFiles, readPiece} from '../../src/ps/checkpoint-transfer.js'
import {TokenBucket} from '../../src/ps/token-bucket.js'
import type {PsCaller, PsRequest} from '../../src/rpc/ps-api.js'
import {VirtualClock} from '../harness/virtual-clock.js'
import {testEnv} from './fixtures.js'

const from = {host: '127.0.0.1', port: 1}
const large = Buffer.alloc(2_500_000, 'x')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'transfer-'))
})
afterEach(() => rm(root, {recursive: true}))

async function checkpoint(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const directory = join(root, name)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(directory, path, '..'), {recursive: true})
    await writeFile(join(directory, path), content)
  }
  return directory
}

/** A server's answers from a directory; it stops answering after so many pieces. */
function serving(directory: string, piecesMax = Number.POSITIVE_INFINITY): PsCaller & {pieces: number} {
  const server = {
    pieces: 0,
    async call(_address: unknown, method: string, request: unknown) {
      if (method === 'checkpointFiles') return {files: await listFiles(testEnv, directory)}
      if (++server.pieces > piecesMax) throw new Error('cut')
      return readPiece(testEnv, directory, request as PsRequest<'checkpointBytes'>)
    },
  }
  return server as unknown as PsCaller & {pieces: number}
}

const fetchFrom = (rpc: PsCaller, target: string, rate: TokenBucket | null = null) =>
  fetchCheckpoint(
    {env: testEnv, rpc, from, partitionId: partitionId(1), index: 7, rate, signal: new AbortController().signal},
    target,
  )

const contents = async (directory: string) =>
  Promise.all(
    (await listFiles(testEnv, directory)).map(async ({path}) => [path, (await readFile(join(directory, path))).length]),
  )

describe('a checkpoint', () => {
  it('comes as it is, and what has come already does not come again', async () => {
    const source = await checkpoint('source', {'state.json': '{}', 'engine/0/data': large, 'engine/empty': ''})
    const target = join(root, 'target')
    await expect(fetchFrom(serving(source, 2), target)).rejects.toThrow('cut')
    const rest = serving(source)
    await fetchFrom(rest, target)
    expect(rest.pieces).toBeLessThan(4)
    expect((await contents(target)).sort()).toEqual((await contents(source)).sort())
    expect(large.equals(await readFile(join(target, 'engine/0/data')))).toBe(true)
  })

  it.each([
    [1_000_000, 11],
    [50_000, 201],
    [1_000, 612],
  ])('comes at %i bytes a second at most, in pieces that are even', async (bytesPerSecond, pieces) => {
    const clock = new VirtualClock()
    const source = await checkpoint('source', {'state.json': '{}', 'engine/0/data': large})
    const server = serving(source)
    await fetchFrom(server, join(root, 'target'), new TokenBucket(clock, bytesPerSecond))
    clock.stop()
    expect(clock.nowMs()).toBeCloseTo(((large.length + 2) / bytesPerSecond) * 1_000, 3)
    expect(server.pieces).toBe(pieces)
    expect(large.equals(await readFile(join(root, 'target', 'engine/0/data')))).toBe(true)
  })

  it('of one server is not completed by the files of another', async () => {
    const one = await checkpoint('one', {'engine/data': Buffer.alloc(2_500_000, 'a'), 'engine/only-here': 'a'})
    const other = await checkpoint('other', {'engine/data': Buffer.alloc(2_500_000, 'b')})
    const target = join(root, 'target')
    await expect(fetchFrom(serving(one, 1), target)).rejects.toThrow('cut')
    await expect(fetchFrom(serving(other), target)).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
    await fetchFrom(serving(other), target)
    expect(await contents(target)).toEqual([['engine/data', 2_500_000]])
    expect(Buffer.alloc(2_500_000, 'b').equals(await readFile(join(target, 'engine/data')))).toBe(true)
  })

  it.each(['../outside', '/etc/outside', 'engine/../../outside'])(
    'names nothing outside of itself: %s',
    async (path) => {
      const evil = {call: async () => ({files: [{path, bytes: 1, crc: 0}]})} as unknown as PsCaller
      await expect(fetchFrom(evil, join(root, 'target'))).rejects.toMatchObject({errorName: 'PARAM_ERROR'})
    },
  )
})
