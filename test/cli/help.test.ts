/** Pages of help on terminals of several widths. */
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {CommandSet} from '../../src/cli/command-set.js'
import {helpPage} from '../../src/cli/help/help.js'
import {pageText, type Section} from '../../src/cli/help/layout.js'
import {textWidths} from '../../src/cli/text-width.js'
import {helpWordsOf} from '../../src/cli/words/language.js'

const plain = {width: 80, colors: false}

describe('a page', () => {
  const sections: Section[] = [
    {body: {prose: 'List all.'}},
    {header: 'USAGE', body: {lines: ['$ vearchctl list --filter "a line that is to be copied stays whole"']}},
    {
      header: 'FLAGS',
      body: {
        entries: [
          {name: '-a, --all', meaning: 'what is gone, too'},
          {name: '    --kind', value: 'KIND', meaning: '[default: x] one of three\n<options: one|two|three>'},
        ],
      },
    },
  ]

  test('has what names mean beside them', async () => {
    expect(await pageText(sections, {width: 44, colors: false})).toBe(`List all.

USAGE
  $ vearchctl list --filter "a line that is to be copied stays whole"

FLAGS
  -a, --all        what is gone, too
      --kind=KIND  [default: x] one of three
                   <options: one|two|three>
`)
  })

  test('and below them where there is no room', async () => {
    expect(await pageText(sections.slice(2), {width: 40, colors: false})).toBe(`FLAGS
  -a, --all
    what is gone, too

  --kind=KIND
    [default: x] one of three
    <options: one|two|three>
`)
  })

  test('in colours says the same', async () => {
    const coloured = await pageText(sections, {width: 80, colors: true})
    expect(coloured).toContain('\u001B[1mFLAGS\u001B[22m\n')
    expect(coloured).toContain('--kind=\u001B[4mKIND\u001B[24m  [default: x]')
    expect(coloured.replaceAll(/\p{Cc}\[\d+m/gu, '')).toBe(await pageText(sections, plain))
  })

  test.each([
    ['one two three four', 9, ['one two', 'three', 'four']],
    ['one\n\ntwo', 9, ['one', '', 'two']],
    ['a/very/long/path', 6, ['a/very', '/long/', 'path']],
    ['读取（快照），而不是集群。', 10, ['读取（快', '照），而不', '是集群。']],
    ['用 doctor 检查（若有）', 9, ['用 doctor', '检查（若', '有）']],
  ])('breaks %j at %i', async (prose, width, lines) => {
    expect(await pageText([{body: {prose}}], {width, colors: false})).toBe(`${lines.join('\n')}\n`)
  })
})

test.each(['en', 'zh'] as const)(
  'no page in %s is wider than its terminal, but for what is copied',
  async (language) => {
    const documented = await (await CommandSet.read(join(import.meta.dirname, '..', '..'))).documented()
    const words = await helpWordsOf(language)
    const ids = Object.keys(documented.manifest.commands)
    const topics = [...documented.topics.keys()].map((name) => name.replaceAll(' ', ':'))
    const tooWide: string[] = []
    for (const id of [null, ...ids, ...topics]) {
      const sections = helpPage(id, documented, words).filter(({body}) => !('lines' in body))
      for (const width of [40, 80, 132]) {
        const lines = (await pageText(sections, {width, colors: false})).split('\n')
        const widthOf = await textWidths(lines)
        tooWide.push(...lines.filter((line) => widthOf(line) > width))
      }
    }
    expect(tooWide).toEqual([])
  },
)
