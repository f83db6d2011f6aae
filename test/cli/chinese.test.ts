/** What is said in Chinese, and what is not yet. */
import {readFile} from 'node:fs/promises'
import {describe, expect, test} from 'vitest'
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
const {commands} = (await read('dist/manifest.json')) as {commands: Record<string, Command>}
const {oclif} = (await read('package.json')) as {oclif: {topics: object}}

/** New commands and flags may come before their words; so many, and no more. */
const missingMax = 60

describe('help in Chinese', () => {
  test('has every command, flag and argument, but for a few new ones', () => {
    const visible = Object.entries(commands).filter(([, {hidden}]) => hidden !== true)
    const untold = visible.flatMap(([id, {flags, args}]) => [
      ...(summaries[id] === undefined ? [id] : []),
      ...[...Object.entries(flags), ...Object.entries(args)].flatMap(([name, {description = '', hidden}]) =>
        hidden === true || parameters[description] !== undefined ? [] : [`${name}: ${description}`],
      ),
    ])
    // a flag of every command is one
    const missing = [...new Set(untold)]
    expect(missing.length > missingMax ? missing : []).toEqual([])
    expect(Object.keys(oclif.topics).filter((name) => topics[name] === undefined).length).toBeLessThan(5)
  })

  test('has nothing that is no command any more', () => {
    const ids = [...Object.keys(summaries), ...Object.keys(descriptions)]
    expect(ids.filter((id) => commands[id] === undefined)).toEqual([])
    const said = Object.values(commands).flatMap(({flags, args}) => [...Object.values(flags), ...Object.values(args)])
    const used = new Set(said.map(({description}) => description))
    expect(Object.keys(parameters).filter((text) => !used.has(text)).length).toBeLessThan(missingMax)
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
