/** Words that are explained: those of the file, of answers, of the doctor, and none that is not used. */
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {explain} from '../../src/admin/explain.js'
import {chinese} from '../../src/admin/messages/chinese.js'
import {english} from '../../src/admin/messages/english.js'
import {partitionStates} from '../../src/admin/partitions/partition-row.js'

describe('a word', () => {
  test.each([
    ['raft_retain_logs', 'ps.raft_retain_logs', 'configuration', 'vearchctl config show ps.raft_retain_logs'],
    ['ps.raft-retain-logs', 'ps.raft_retain_logs', 'configuration', 'vearchctl config show ps.raft_retain_logs'],
    ['merge_router', 'merge_router', 'configuration', null],
    ['LEASE-TTL', 'lease-ttl', 'answer', null],
    ['vc104', 'VC104', 'check', 'vearchctl doctor explain VC104'],
  ])('%s', (typed, word, of, next) => {
    expect(explain(typed, english)).toEqual([expect.objectContaining({word, of, next})])
  })

  test('that stands in several places is explained for each', () => {
    expect(explain('resource_name', english).map(({word}) => word)).toEqual(['global.resource_name', 'resource_name'])
    expect(explain('heartbeat-interval', english).map(({word}) => word)).toContain('ps.heartbeat_interval')
  })

  test('of a key says what it may hold and what it is otherwise, but no secret', () => {
    const [key] = explain('ps.raft_retain_logs', english)
    expect(key?.more).toBe('must be an integer of at least 1 (0 or less: the default); 20000 if absent; read by ps')
    expect(explain('signkey', english)[0]?.more).toContain('empty if absent')
    expect(explain('global.name', english)[0]?.more).toContain('needed')
  })

  test('has its words in each language', () => {
    expect(explain('ghost', chinese)[0]?.means).toContain('注册')
  })

  test.each([
    ['laeder', 'did you mean leader?'],
    ['xyzzy', 'vearchctl explain lists all words'],
  ])('%s is not known', (typed, hint) => {
    expect(() => explain(typed, english)).toThrow(expect.objectContaining({errorName: 'NOT_FOUND', hint}))
  })
})

test('every state of a partition is explained, but for those that say it themselves', () => {
  const known = new Set(explain(null, english).map(({word}) => word))
  expect(partitionStates.filter((state) => !known.has(state))).toEqual(['unknown', 'ok'])
})

test('nothing is explained that no answer and no record has', async () => {
  const names = (await readdir('src', {recursive: true})).filter(
    (name) => name.endsWith('.ts') && !name.includes('messages') && !name.endsWith('explain.ts'),
  )
  const texts = await Promise.all(names.map((name) => readFile(join('src', name), 'utf8')))
  const source = texts.join('\n')
  const words = explain(null, english).flatMap(({of, word}) => (of === 'answer' ? [word] : []))
  expect(words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(source))).toEqual([])
})
