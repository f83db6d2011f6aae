import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {systemDisk} from '../../src/env/disk.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {DataDirectories} from '../../src/ps/data-directories.js'
import {takeIdentity} from '../../src/ps/node-identity.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'node-identity-'))
})
afterEach(() => rm(root, {recursive: true}))

const never = () => Promise.reject(new Error('no id is allocated'))

describe('server_meta.txt', () => {
  it('is written before the new id is used, as Vearch writes it', async () => {
    expect(await takeIdentity(systemDisk, root, 'vearch', async () => 12)).toEqual({nodeId: 12, isNew: true})
    expect(await readFile(join(root, 'server_meta.txt'), 'utf8')).toBe('{"Id":12,"ClusterName":"vearch"}')
    expect(await takeIdentity(systemDisk, root, 'vearch', never)).toEqual({nodeId: 12, isNew: false})
  })

  it('is not there when no id could be had', async () => {
    await expect(takeIdentity(systemDisk, root, 'vearch', never)).rejects.toThrow('no id')
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
    const taken = takeIdentity(systemDisk, root, 'vearch', never)
    await expect(taken).rejects.toMatchObject({errorName, detail: expect.stringMatching(detail)})
    expect(await readdir(root)).toEqual(['server_meta.txt'])
    expect(await readFile(path, 'utf8')).toBe(content)
  })
})

describe('data directories', () => {
  const held = new Set<string>()
  const lock = async (directory: string) => {
    if (held.has(directory)) throw new CodedError('DATA_DIR_LOCKED', directory)
    held.add(directory)
    return {release: async () => void held.delete(directory)}
  }
  afterEach(() => held.clear())

  it('are made and taken', async () => {
    const paths = [join(root, 'a'), join(root, 'b', 'c')]
    const directories = new DataDirectories(systemDisk, paths, lock)
    await directories.take()
    expect([...held]).toEqual(paths)
    await directories.release()
    expect(held.size).toBe(0)
  })

  it('leave no trace when one of them can not be written', async () => {
    await writeFile(join(root, 'file'), '')
    const directories = new DataDirectories(systemDisk, [join(root, 'a'), join(root, 'file', 'b')], lock)
    await expect(directories.take()).rejects.toMatchObject({errorName: 'DATA_DIR_UNWRITABLE'})
    expect(await readdir(root)).toEqual(['file'])
    expect(held.size).toBe(0)
  })

  it('leave no trace when another process has one of them', async () => {
    await mkdir(join(root, 'taken'))
    await lock(join(root, 'taken'))
    const directories = new DataDirectories(systemDisk, [join(root, 'a'), join(root, 'taken')], lock)
    await expect(directories.take()).rejects.toMatchObject({errorName: 'DATA_DIR_LOCKED'})
    expect(await readdir(root)).toEqual(['taken'])
    expect([...held]).toEqual([join(root, 'taken')])
  })
})
