/** A stopped server's directory is held to its checksums: what is sound is called so, any bit that flips is found, and nothing changes. */
import {describe, expect, it} from 'vitest'
import {verifyDirectory} from '../../src/ps/verification.js'
import {encodeDocuments} from '../../src/rpc/document-codec.js'
import {SeededRandom} from '../harness/random.js'
import {SimDisk} from '../harness/sim-disk.js'
import {whole} from './fixtures.js'
import {serverOn} from './one-server.js'

const root = '/data'

/** Documents in two checkpoints and in the log. */
async function diskOf(ending: 'stop' | 'kill'): Promise<SimDisk> {
  const disk = new SimDisk(new SeededRandom(1))
  const server = await serverOn(root, disk)
  for (let at = 0; at < 30; at++) {
    await server.partition().upsert(encodeDocuments([whole(`d${at}`, at)]))
    if (at === 9 || at === 19) await server.partition().flush()
  }
  if (ending === 'stop') await server.stop()
  return disk.fork()
}

async function verify(disk: SimDisk) {
  const found = []
  for await (const file of verifyDirectory(disk, root)) found.push(file)
  return found
}

const statesIn = async (disk: SimDisk) => (await verify(disk)).map(({what, state}) => `${what} ${state}`)

async function contentsOf(disk: SimDisk): Promise<ReadonlyMap<string, string>> {
  const files = await disk.files(root)
  const read = async (name: string) => Buffer.from((await disk.readFile(`${root}/${name}`)) ?? []).toString('base64')
  return new Map(await Promise.all(files.map(async (name) => [name, await read(name)] as const)))
}

describe('a directory at rest', () => {
  it('is sound after a stop, and is not touched', async () => {
    const disk = await diskOf('stop')
    const [before, calls] = [await contentsOf(disk), disk.calls]
    const states = await statesIn(disk)
    expect(new Set(states)).toEqual(new Set(['log sound', 'state sound', 'engine unchecked', 'checkpoint sound']))
    expect(states.filter((state) => state === 'checkpoint sound')).toHaveLength(2)
    expect([await contentsOf(disk), disk.calls]).toEqual([before, calls])
  })

  it('is sound after a crash; a write that was cut short is no damage', async () => {
    const disk = await diskOf('kill')
    expect(await statesIn(disk)).not.toContainEqual(expect.stringContaining('damaged'))
    const [last = ''] = (await disk.list(`${root}/raft`)).filter((name) => name.endsWith('.wal')).slice(-1)
    disk.damage(`${root}/raft/${last}`, (bytes) => Buffer.concat([bytes, Buffer.from('half a record')]))
    expect(await statesIn(disk)).toContain('log torn')
  })

  it('is found damaged wherever a bit of a checkpoint, of the log or of a small file flips', async () => {
    const disk = await diskOf('stop')
    const names = (await disk.files(root)).filter((name) => !/live\/|meta\.txt|log_id/.test(name))
    expect(names.filter((name) => name.endsWith('.wal')).length).toBeGreaterThan(0)
    for (const name of names) {
      const length = (await disk.readFile(`${root}/${name}`))?.length ?? 0
      const steps = Math.min(40, length)
      for (let step = 0; step < steps; step++) {
        const at = Math.floor((step * length) / steps)
        const flipped = disk.fork()
        flipped.damage(`${root}/${name}`, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (step % 8))
          return bytes
        })
        expect(await statesIn(flipped), `byte ${at} of ${name}`).toContainEqual(expect.stringContaining('damaged'))
      }
    }
  }, 60_000)

  it('says when a partition has nothing left to be restored from', async () => {
    const disk = await diskOf('kill')
    for (const name of await disk.list(`${root}/data/1/checkpoints`)) {
      disk.damage(`${root}/data/1/checkpoints/${name}/state.json`, (bytes) => bytes.subarray(0, 10))
    }
    expect(await verify(disk)).toContainEqual(
      expect.objectContaining({what: 'partition', partition: 1, state: 'damaged'}),
    )
  })
})
