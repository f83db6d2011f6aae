/** Words that are explained: those of the file, of answers, of the doctor, and none that is not used. */
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {explain} from '../../src/admin/explain.js'
import {keyNotes} from '../../src/admin/messages/chinese/configuration-keys.js'
import {chinese} from '../../src/admin/messages/chinese.js'
import {english} from '../../src/admin/messages/english.js'
import {partitionStates} from '../../src/admin/partitions/partition-row.js'
import type {Key} from '../../src/config/key.js'
import {deadAnywhere, deadKeys, schema} from '../../src/config/schema.js'

const inEnglish = {catalogue: english, notes: {}}
const inChinese = {catalogue: chinese, notes: keyNotes}

describe('a word', () => {
  test.each([
    ['raft_retain_logs', 'ps.raft_retain_logs', 'configuration', 'vearchctl config show ps.raft_retain_logs'],
    ['ps.raft-retain-logs', 'ps.raft_retain_logs', 'configuration', 'vearchctl config show ps.raft_retain_logs'],
    ['merge_router', 'merge_router', 'configuration', null],
    ['LEASE-TTL', 'lease-ttl', 'answer', null],
    ['vc104', 'VC104', 'check', 'vearchctl doctor explain VC104'],
  ])('%s', (typed, word, of, next) => {
    expect(explain(typed, inEnglish)).toEqual([expect.objectContaining({word, of, next})])
  })

  test('that stands in several places is explained for each', () => {
    expect(explain('resource_name', inEnglish).map(({word}) => word)).toEqual(['global.resource_name', 'resource_name'])
    expect(explain('heartbeat-interval', inEnglish).map(({word}) => word)).toContain('ps.heartbeat_interval')
  })

  test('of a key says what it may hold and what it is otherwise, but no secret', () => {
    const [key] = explain('ps.raft_retain_logs', inEnglish)
    expect(key?.more).toBe('must be an integer of at least 1 (0 or less: the default); 20000 if absent; read by ps')
    expect(explain('signkey', inEnglish)[0]?.more).toContain('empty if absent')
    expect(explain('global.name', inEnglish)[0]?.more).toContain('needed')
  })

  test('has its words in each language', () => {
    expect(explain('ghost', inChinese)[0]?.means).toContain('注册')
    expect(explain('ps.raft_retain_logs', inChinese)).toMatchObject([
      {
        means: '截断后保留的条目数；同 Vearch 的 raft',
        more: '必须是不小于 1 的整数（0 或更小：默认值）; 未写则为 20000; 读取者：ps',
      },
    ])
  })

  test('of the configuration file has its words in Chinese, and none that is not used', () => {
    const keys = Object.values(schema).flatMap((section) => Object.values(section) as Key<unknown>[])
    const dead = [...Object.values(deadKeys), deadAnywhere].flatMap((why) => Object.values(why))
    const said = new Set([...keys.flatMap(({note, expects}) => [note, expects]), ...dead])
    expect([...said].filter((text) => keyNotes[text] === undefined)).toEqual([])
    expect(Object.keys(keyNotes).filter((text) => !said.has(text))).toEqual([])
  })

  test.each([
    ['laeder', 'did you mean leader?'],
    ['xyzzy', 'vearchctl explain lists all words'],
  ])('%s is not known', (typed, hint) => {
    expect(() => explain(typed, inEnglish)).toThrow(expect.objectContaining({errorName: 'NOT_FOUND', hint}))
  })
})

test('every state of a partition is explained, but for those that say it themselves', () => {
  const known = new Set(explain(null, inEnglish).map(({word}) => word))
  expect(partitionStates.filter((state) => !known.has(state))).toEqual(['unknown', 'ok'])
})

test('nothing is explained that no answer and no record has', async () => {
  const names = (await readdir('src', {recursive: true})).filter(
    (name) => name.endsWith('.ts') && !name.includes('messages') && !name.endsWith('explain.ts'),
  )
  const texts = await Promise.all(names.map((name) => readFile(join('src', name), 'utf8')))
  const source = texts.join('\n')
  const words = explain(null, inEnglish).flatMap(({of, word}) => (of === 'answer' ? [word] : []))
  expect(words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(source))).toEqual([])
})
