import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {systemDisk} from '../../src/env/disk.js'
import {DataDirectories} from '../../src/ps/data-directories.js'
import {takeIdentity} from '../../src/ps/node-identity.js'
import {testEnv} from './fixtures.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'node-identity-'))
})
afterEach(() => rm(root, {recursive: true}))

const never = () => Promise.reject(new Error('no id is allocated'))

describe('server_meta.txt', () => {
  it('is written before the new id is used, as Vearch writes it', async () => {
    expect(await takeIdentity(testEnv, root, 'vearch', async () => 12)).toEqual({nodeId: 12, isNew: true})
    expect(await readFile(join(root, 'server_meta.txt'), 'utf8')).toBe(
      '{"Id":12,"ClusterName":"vearch","Crc32":2196325908}',
    )
    expect(await takeIdentity(testEnv, root, 'vearch', never)).toEqual({nodeId: 12, isNew: false})
  })

  it('is not there when no id could be had', async () => {
    await expect(takeIdentity(testEnv, root, 'vearch', never)).rejects.toThrow('no id')
    expect(await readdir(root)).toEqual([])
  })

  const files: readonly [string, string, string, RegExp][] = [
    ['names another cluster', '{"Id":3,"ClusterName":"other"}', 'FOREIGN_NODE_ID', /cluster other.*says vearch/],
    ['is cut off', '{"Id":3,"Clus', 'DATA_CORRUPT', /does not hold a node id/],
    ['is empty', '', 'DATA_CORRUPT', /does not hold a node id/],
    ['has the id 0', '{"Id":0,"ClusterName":"vearch"}', 'DATA_CORRUPT', /does not hold a node id/],
    ['has no cluster', '{"Id":3}', 'DATA_CORRUPT', /does not hold a node id/],
    ['is no record', 'null', 'DATA_CORRUPT', /does not hold a node id/],
    ['is binary', '\u0000\u0001', 'DATA_CORRUPT', /does not hold a node id/],
  ]
  it.each(files)('that %s stops the start and stays as it is', async (_, content, errorName, detail) => {
    const path = join(root, 'server_meta.txt')
    await writeFile(path, content)
    const taken = takeIdentity(testEnv, root, 'vearch', never)
    await expect(taken).rejects.toMatchObject({errorName, detail: expect.stringMatching(detail)})
    expect(await readdir(root)).toEqual(['server_meta.txt'])
    expect(await readFile(path, 'utf8')).toBe(content)
  })
})

describe('data directories', () => {
  it('are made and taken', async () => {
    const paths = [join(root, 'a'), join(root, 'b', 'c')]
    const [first, second] = [new DataDirectories(systemDisk, paths), new DataDirectories(systemDisk, paths)]
    await first.take()
    await expect(second.take()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    await first.release()
    await second.take()
    await second.release()
    expect(await readdir(root)).toEqual(['a', 'b'])
  })

  it('leave no trace when one of them can not be written', async () => {
    await writeFile(join(root, 'file'), '')
    const directories = new DataDirectories(systemDisk, [join(root, 'a'), join(root, 'file', 'b')])
    await expect(directories.take()).rejects.toMatchObject({errorName: 'DATA_DIR_UNWRITABLE'})
    expect(await readdir(root)).toEqual(['file'])
  })

  it('leave no trace when another process has one of them', async () => {
    const other = new DataDirectories(systemDisk, [join(root, 'taken')])
    await other.take()
    const claims = await readdir(join(root, 'taken'))
    const directories = new DataDirectories(systemDisk, [join(root, 'a'), join(root, 'taken')])
    await expect(directories.take()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    expect(await readdir(root)).toEqual(['taken'])
    expect(await readdir(join(root, 'taken'))).toEqual(claims)
    await other.release()
  })
})
