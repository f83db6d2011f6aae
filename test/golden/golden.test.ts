/**
 * P14: what earlier versions wrote is opened, for good. `format-<number>/` beside this file holds a whole data directory as that format had it;
 * a new format adds a directory beside them (GOLDEN=write), and never changes one.
 *
 * 0: checkpoints and small files without seals, with the log's format 1.
 * 1: sealed ones.
 */
import {cp, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {crc32} from 'node:zlib'
import {afterEach, describe, expect, it} from 'vitest'
import {systemDisk} from '../../src/env/disk.js'
import {readIdentity, takeIdentity} from '../../src/ps/node-identity.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import {part, testEnv, testSpace, whole} from '../ps/fixtures.js'
import {idsIn, serverOn} from '../ps/one-server.js'

const here = dirname(fileURLToPath(import.meta.url))
const formats = ['0', '1']
const newest = '1'

const roots: string[] = []
afterEach(() => Promise.all(roots.splice(0).map((root) => rm(root, {recursive: true}))))

async function copyOf(format: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'golden-'))
  roots.push(root)
  await cp(join(here, `format-${format}`), root, {recursive: true})
  return root
}

/** Two checkpoints, five entries after the newer one, a setting, an id. */
async function write(root: string, ending: 'stop' | 'kill'): Promise<void> {
  await takeIdentity(testEnv, root, 'golden', async () => 12)
  const server = await serverOn(root, systemDisk)
  const partition = server.partition()
  for (let at = 0; at < 20; at++) {
    await partition.upsert(encodeDocuments([whole(`d${at}`, at)]))
    if (at === 7 || at === 14) await partition.flush()
  }
  await partition.delete(['d3'])
  await partition.upsert(encodeDocuments([part('d4', {s: 'changed'})]))
  await partition.updateSpace({...testSpace(), version: 2})
  await partition.configure({...partition.config, refresh_interval: 7})
  if (ending === 'stop') await server.stop()
}

if (process.env.GOLDEN === 'write') {
  it('writes the formats of today', async () => {
    const root = await mkdtemp(join(tmpdir(), 'golden-'))
    await write(root, 'kill')
    const isLock = (path: string) => path.includes('LOCK')
    await cp(root, join(here, `format-${newest}`), {recursive: true, filter: (path) => !isLock(path)})
  })
}

describe.each(formats)('format %s', (format) => {
  it('opens, holds what was written, and is written on', async () => {
    const root = await copyOf(format)
    expect(await readIdentity(systemDisk, root, 'golden')).toBe(12)
    const server = await serverOn(root, systemDisk)
    const expected = Array.from({length: 20}, (_, at) => `d${at}`).filter((id) => id !== 'd3')
    expect(await idsIn(server.partition())).toEqual(expected)
    const everything = {fields: 'all', vectors: ['v']} as const
    const [third, fourth] = await server.partition().reads.byDocid([3, 4], false, everything)
    expect(third).toBeNull()
    expect(fourth).toMatchObject({id: 'd4', fields: {n: 4, s: 'changed', l: 4n, tags: ['t4']}})
    expect(server.partition().space.version).toBe(2)
    expect(server.partition().config.refresh_interval).toBe(7)
    await server.partition().upsert(encodeDocuments([whole('new', 1)]))
    await server.stop()
    const again = await serverOn(root, systemDisk)
    expect(await idsIn(again.partition())).toEqual([...expected, 'new'])
    await again.stop()
  })
})

describe('a format that is newer', () => {
  const files: readonly {readonly what: string; readonly path: string; renumber(bytes: Buffer): Buffer}[] = [
    {what: 'of a checkpoint', path: 'data/1/checkpoints/*/state.json', renumber: resealed},
    {what: 'of an operator’s settings', path: 'meta/1/settings.json', renumber: resealed},
  ]

  it.each(files)('$what is refused with a code of its own, and nothing is changed', async ({path, renumber}) => {
    const root = await copyOf(newest)
    const [before, after] = path.split('*') as [string, string | undefined]
    const found =
      after === undefined ? [path] : (await readdir(join(root, before))).map((name) => before + name + after)
    for (const file of found) await writeFile(join(root, file), renumber(await readFile(join(root, file))))
    const server = await serverOn(root, systemDisk)
    expect(() => server.partition()).toThrow(/data_too_new:.* has format 2, this program knows formats up to 1/)
    await server.stop()
    for (const file of found) expect(String(await readFile(join(root, file)))).toMatch(/^\{"format":2,/)
  })

  it('of a segment of the log stops the start, and nothing is changed', async () => {
    const root = await copyOf(newest)
    const [name = ''] = (await readdir(join(root, 'raft'))).filter((each) => each.endsWith('.wal'))
    const segment = await readFile(join(root, 'raft', name))
    segment.writeUInt32LE(2, 4)
    segment.writeUInt32LE(crc32(segment.subarray(0, 20)), 20)
    await writeFile(join(root, 'raft', name), segment)
    await expect(serverOn(root, systemDisk)).rejects.toMatchObject({errorName: 'DATA_TOO_NEW', exitCode: 28})
    expect(await readFile(join(root, 'raft', name))).toEqual(segment)
  })
})

/** As format 2 would be sealed. */
function resealed(bytes: Buffer): Buffer {
  const [, body = ''] = /"body":(.*)\}$/s.exec(String(bytes)) ?? []
  return Buffer.from(`{"format":2,"crc32":${crc32(body, crc32('2'))},"body":${body}}`)
}
