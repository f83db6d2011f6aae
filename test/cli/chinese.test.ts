/** What is said in Chinese: all of it. */
import {readFile} from 'node:fs/promises'
import {describe, expect, test} from 'vitest'
import {cheatSheet} from '../../src/cli/cheat-sheet.js'
import {cheats} from '../../src/cli/words/chinese/cheat.js'
import {descriptions} from '../../src/cli/words/chinese/descriptions.js'
import {parameters} from '../../src/cli/words/chinese/parameters.js'
import {inChinese} from '../../src/cli/words/chinese/sentences.js'
import {summaries, topics} from '../../src/cli/words/chinese/summaries.js'
import {runCli, runJson} from '../harness/run-cli.js'

interface Described {
  readonly description?: string
  readonly hidden?: boolean
}
interface Command extends Described {
  readonly summary?: string
  readonly flags: Readonly<Record<string, Described>>
  readonly args: Readonly<Record<string, Described>>
}

const read = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'))
const {flags: commonFlags, commands} = (await read('dist/manifest.json')) as Pick<Command, 'flags'> & {
  readonly commands: Readonly<Record<string, Command>>
}
const {oclif} = (await read('package.json')) as {oclif: {topics: object}}

const visible = Object.entries(commands).filter(([, {hidden}]) => hidden !== true)
const parametersOf = ({flags, args}: Pick<Command, 'flags' | 'args'>) =>
  [...Object.values(flags), ...Object.values(args)].filter(({hidden}) => hidden !== true)
const said = [{flags: commonFlags, args: {}}, ...Object.values(commands)].flatMap(parametersOf)

test('the cheat sheet in Chinese has every line', () => {
  expect(Object.keys(cheats)).toEqual(cheatSheet.map(({type}) => type))
})

describe('help in Chinese', () => {
  test('has every command, flag and argument', () => {
    const untold = (texts: Readonly<Record<string, string>>, all: readonly string[]) =>
      all.filter((text) => texts[text] === undefined)
    const described = visible.filter(([, {description}]) => description !== undefined)
    expect([
      ...untold(
        summaries,
        visible.map(([id]) => id),
      ),
      ...untold(
        descriptions,
        described.map(([id]) => id),
      ),
      ...untold(
        parameters,
        said.flatMap(({description}) => description ?? []),
      ),
      ...untold(topics, Object.keys(oclif.topics)),
    ]).toEqual([])
  })

  test('names the flags, states and numbers that the English names', () => {
    const names = (text = '') => [...new Set(text.match(/--[a-z-]+|\b[A-Z]{2,}\b|\b\d+\b/g))].toSorted()
    for (const [id, {summary, description}] of visible) {
      expect(names(summaries[id]), id).toEqual(names(summary))
      expect(names(descriptions[id]), id).toEqual(names(description))
    }
  })

  test('has nothing that there is not any more', () => {
    const ids = [...Object.keys(summaries), ...Object.keys(descriptions)]
    expect(ids.filter((id) => commands[id] === undefined)).toEqual([])
    const used = new Set(said.map(({description}) => description))
    expect(Object.keys(parameters).filter((text) => !used.has(text))).toEqual([])
    expect(Object.keys(topics).filter((name) => !Object.hasOwn(oclif.topics, name))).toEqual([])
  })

  test('is told with its headers, names as they are', async () => {
    const {stdout} = await runCli(['partitions', 'list', '--help', '--lang', 'zh'])
    expect(stdout).toMatch(
      /^按元数据列出分区及其副本。\n\n用法\n {2}\$ vearchctl partitions list\n\n选项\n {2}--db=NAME +仅/,
    )
    expect(stdout).toContain('目标选项')
    const root = await runCli(['--help'], {environment: {LANG: 'zh_CN.UTF-8'}})
    expect(root.stdout).toMatch(/^与 Vearch 兼容.*主题.*命令.*health +用一个词/s)
    expect((await runCli(['partitions', 'list', '--help'])).stdout).toMatch(/^List partitions/)
  })
})

describe('errors in Chinese', () => {
  test.each([
    [['partitions', 'show'], '错误: 命令行有误: 缺少必需的参数：id\n'],
    [['partitions', 'show', 'x'], '错误: 命令行有误: ID: 应为整数，而不是 x\n'],
    [['partitions', 'list', '--node', '0'], '错误: 命令行有误: --node: 应为不小于 1 的整数，而不是 0\n'],
    [['partitions', 'list', '--timeout', 'x'], '提示: 写法：500ms, 10s or 2m\n'],
  ])('%j', async (words, said) => {
    const {code, stderr} = await runCli([...words, '--lang', 'zh'])
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
    expect((await runJson([...words, '--lang', 'zh'])).body.error?.message).toMatch(/^[ -~]+$/)
  })

  test('that are not known stay as they are, with all that they name', () => {
    expect(inChinese('something else happened')).toBe('something else happened')
    expect(inChinese('there is no key /a/b (etcd e:1, revision 8)')).toBe('没有键 /a/b (etcd e:1, revision 8)')
  })
})
