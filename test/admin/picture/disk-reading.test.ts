import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readDataDirectories} from '../../../src/admin/picture/disk-reading.js'
import {SeededRandom} from '../../harness/random.js'
import {SimDisk} from '../../harness/sim-disk.js'

async function diskWith(files: Readonly<Record<string, string>>): Promise<SimDisk> {
  const disk = new SimDisk(new SeededRandom(1))
  for (const [path, text] of Object.entries(files)) {
    await disk.makeDirectory(join(path, '..'))
    const file = await disk.open(path, {create: true})
    await file.write(new TextEncoder().encode(text), 0)
    await file.close()
  }
  return disk
}

test('partitions of all directories, with what they take', async () => {
  const disk = await diskWith({
    '/a/server_meta.txt': '{"Id":3,"ClusterName":"vearch"}',
    '/a/meta/2/meta.txt': '{}',
    '/a/data/2/live/x': '12345',
    '/a/raft/2/1.log': '123',
    '/b/data/7/live/x': '12',
    '/a/meta/9/meta.txt': '{}',
    '/a/meta/9/discard': '',
    '/a/meta/lost+found/x': '',
  })
  expect(await readDataDirectories(disk, ['/a', '/b'])).toEqual({
    told: true,
    source: {from: 'disk', path: '/a,/b'},
    value: {
      identity: {node: 3, cluster: 'vearch'},
      partitions: [
        {id: 2, path: '/a/data/2', dataBytes: 5, raftBytes: 3},
        {id: 7, path: '/b/data/7', dataBytes: 2, raftBytes: 0},
      ],
    },
  })
})

test.each<[string, Readonly<Record<string, string>>, unknown]>([
  ['no identity', {}, {told: true, value: {identity: null, partitions: []}}],
  ['an identity that cannot be read', {'/a/server_meta.txt': '{'}, {told: false}],
])('%s', async (_, files, expected) => {
  expect(await readDataDirectories(await diskWith(files), ['/a'])).toMatchObject(expected as object)
})
