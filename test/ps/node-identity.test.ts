import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
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
    const text = await readFile(join(root, 'server_meta.txt'), 'utf8')
    expect(text).toMatch(/^{"Id":12,"ClusterName":"vearch","LogId":"[0-9a-f]{24}","Crc32":2196325908}$/)
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

describe('an id without the log in which it has voted', () => {
  const take = () => takeIdentity(testEnv, root, 'vearch', never)
  const raft = () => join(root, 'raft')
  const partition = () => mkdir(join(root, 'meta', '1'), {recursive: true})
  const log = async () => {
    await mkdir(raft(), {recursive: true})
    await writeFile(join(raft(), '0000000000000001.wal'), '')
  }
  const unmarked = () => writeFile(join(root, 'server_meta.txt'), '{"Id":3,"ClusterName":"vearch"}')
  const marked = () => takeIdentity(testEnv, root, 'vearch', async () => 3)

  const refused: readonly [string, () => Promise<unknown>, RegExp][] = [
    ['the log is gone', () => marked().then(() => rm(raft(), {recursive: true})), /is not there/],
    ['the log is empty', () => marked().then(() => writeFile(join(raft(), 'log_id.txt'), '')), /is not there/],
    [
      'the log is of another node',
      () => marked().then(() => writeFile(join(raft(), 'log_id.txt'), '{"LogId":"x"}')),
      /is that of another node/,
    ],
    ['an earlier version had data, and no log', () => unmarked().then(partition), /is not there/],
  ]
  it.each(refused)('is refused: %s', async (_, lose, detail) => {
    await lose()
    const error = {errorName: 'DATA_CORRUPT', detail: expect.stringMatching(detail)}
    await expect(take()).rejects.toMatchObject(error)
    await expect(take()).rejects.toMatchObject(error)
  })

  const taken: readonly [string, () => Promise<unknown>][] = [
    ['both are whole', marked],
    ['both are of an earlier version', () => Promise.all([unmarked(), partition(), log()])],
    ['an earlier version has never had data', unmarked],
    // a crash between the two marks
    [
      'only the log of an earlier version is marked',
      () => Promise.all([unmarked(), log().then(() => writeFile(join(raft(), 'log_id.txt'), '{"LogId":"x"}'))]),
    ],
  ]
  it.each(taken)('is none: %s', async (_, prepare) => {
    await prepare()
    expect(await take()).toEqual({nodeId: 3, isNew: false})
    await rm(raft(), {recursive: true})
    await expect(take()).rejects.toMatchObject({errorName: 'DATA_CORRUPT'})
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
