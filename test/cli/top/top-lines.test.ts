/** What stands on the screen of `top`, at each size of it. */
import {stripVTControlCharacters} from 'node:util'
import stringWidth from 'string-width'
import {describe, expect, test} from 'vitest'
import {healthOf} from '../../../src/admin/health/health.js'
import {type TopScene, topLines} from '../../../src/cli/top/top-lines.js'
import {firstState, type TopPane} from '../../../src/cli/top/top-state.js'
import {paneRows} from '../../../src/cli/top/top-views.js'
import {topWords} from '../../../src/cli/top/top-words.js'
import {nodeId} from '../../../src/entity/ids.js'
import {ClusterFixture, keys} from '../../admin/cluster-fixture.js'

const fixture = new ClusterFixture()
fixture.edit(keys.server(nodeId(2)), {host_zone: '机房二\u001B[2J'})
const picture = fixture.picture()

function scene(pane: TopPane, over: Partial<TopScene> = {}): TopScene {
  return {
    state: firstState(pane, null),
    summary: {cluster: 'vearch', place: 'etcd e1:2379, revision 90', health: healthOf(picture), reason: null},
    ageSeconds: 1,
    fault: null,
    ...paneRows(pane, picture),
    size: {rows: 24, columns: 120},
    words: topWords.en,
    colors: false,
    widthOf: stringWidth,
    ...over,
  }
}

const shown = (pane: TopPane, over: Partial<TopScene> = {}) => topLines(scene(pane, over)).lines

test('the cluster, its servers', () => {
  expect(`\n${shown('nodes').join('\n')}\n`).toMatchInlineSnapshot(`
    "
    vearch OK  writable 2/2  readable 2/2  ps 4/4
    1 s old  etcd e1:2379, revision 90
    [nodes] partitions   ? keys  1-4 of 4
    ID  STATE  PARTS  LEADERS  DOCS  MEM%  DISK%  LAG  ADDRESS        LEASE-TTL  ZONE             RACK  POOL     VERSION
     1  up         2        1   100    40     40    0  10.0.0.1:8081          5  –                   –  default  3.5.2
     2  up         2        1   100    40     40    0  10.0.0.2:8081          5  机房二\\u001b[2J     –  default  3.5.2
     3  up         2        0   100    40     40    0  10.0.0.3:8081          5  –                   –  default  3.5.2
     4  up         0        0     0    40     40    –  10.0.0.4:8081          5  –                   –  default  3.5.2
    "
  `)
})

test('its partitions, in an order', () => {
  const state = firstState('partitions', {column: 'docs', isDescending: true})
  expect(`\n${shown('partitions', {state}).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    vearch OK  writable 2/2  readable 2/2  ps 4/4
    1 s old  etcd e1:2379, revision 90
     nodes [partitions]  ? keys  1-2 of 2  docs↓
    ID  STATE  LEADER  DOCS↓  LAG  BYTES  INDEX  DB   SPACE  REPLICAS  UNREACHABLE  TERM  COMMIT  APPLIED  PATH
     1  ok          1     50    0   4096  READY  web  img    1,2,3     –               3     100      100  /data/1
     2  ok          2     50    0   4096  READY  web  img    1,2,3     –               3     100      100  /data/2
    "
  `)
})

test('on 40 columns the columns that matter most, cut off nowhere', () => {
  expect(`\n${shown('nodes', {size: {rows: 8, columns: 40}}).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    vearch OK  writable 2/2  readable 2/2  …
    1 s old  etcd e1:2379, revision 90
    [nodes] partitions   ? keys  1-4 of 4
    ID  STATE  PARTS  LEADERS  DOCS  MEM%
     1  up         2        1   100    40
     2  up         2        1   100    40
     3  up         2        0   100    40
     4  up         0        0     0    40
    "
  `)
})

test('in Chinese, with the keys', () => {
  const state = {...firstState('nodes', null), showsKeys: true, isPaused: true}
  expect(`\n${shown('nodes', {state, words: topWords.zh}).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    vearch OK  可写 2/2  可读 2/2  ps 4/4
    已暂停  1 秒前  etcd e1:2379, revision 90
    [节点] 分区   ? 按键  第 1-4 行，共 4 行
    n p Tab     节点、分区、切换
    ← →         换一列排序
    r           反向排序
    ↑ ↓ k j     滚动一行
    PgUp PgDn   滚动一页
    Home End    到第一行、最后一行
    Space       暂停、继续
    ?           显示或隐藏这些按键
    q Ctrl-C    退出
    "
  `)
})

describe('a cluster that is not heard', () => {
  const fault = 'etcd e1:2379 gave no answer within 10000 ms'

  test('has its last picture, and the age of it', () => {
    const lines = shown('nodes', {fault, ageSeconds: 17, colors: true})
    expect(lines[1]).toBe(`\u001B[31m17 s old\u001B[39m  \u001B[31mnot heard: ${fault}\u001B[39m`)
    // a word that was true once is not painted as if it were
    expect(lines[0]).toContain('vearch OK  writable 2/2')
    expect(shown('nodes', {colors: true})[0]).toContain('vearch \u001B[32mOK\u001B[39m')
  })

  test('and never was', () => {
    expect(shown('nodes', {fault, summary: null, rows: []})).toEqual([
      'asking',
      `not heard: ${fault}`,
      '[nodes] partitions   ? keys  0-0 of 0',
      expect.stringMatching(/^ID {2}STATE/),
    ])
  })
})

test('what speaks against the cluster stands above the rows, and gives way on a low screen', () => {
  const base = scene('nodes')
  const reasons = [{id: 'health.unheard', parameters: {}} as const, {id: 'health.unheard', parameters: {}} as const]
  const summary = {...base.summary, health: {...healthOf(picture), reasons}, reason: 'node 4 is silent'}
  const lines = shown('nodes', {summary: summary as never})
  expect(lines[3]).toBe('node 4 is silent  and 1 more')
  expect(shown('nodes', {summary: summary as never, size: {rows: 5, columns: 80}}).join()).not.toContain('silent')
})

describe('scrolled', () => {
  const rows = Array.from({length: 30}, (_, at) => ({...(paneRows('nodes', picture).rows[0] as object), id: at + 1}))
  const at = (first: number, size = {rows: 10, columns: 80}) =>
    topLines(scene('nodes', {rows, size, state: {...firstState('nodes', null), first}}))
  test.each([
    [0, '1-6 of 30', ['1', '2', '3', '4', '5', '6']],
    [5, '6-11 of 30', ['6', '7', '8', '9', '10', '11']],
    [99, '25-30 of 30', ['25', '26', '27', '28', '29', '30']],
  ])('to row %i', (first, range, ids) => {
    const {lines, page} = at(first)
    expect(page).toBe(6)
    expect(lines[2]).toContain(range)
    expect(lines.slice(4).map((line) => line.trim().split(' ')[0])).toEqual(ids)
  })
})

test('no line is wider than the screen, and there are no more of them', () => {
  const reasoned = {...scene('nodes').summary, reason: '节点 4 没有应答，节点 5 没有应答'} as TopScene['summary']
  for (const pane of ['nodes', 'partitions'] as const) {
    for (let columns = 1; columns <= 130; columns += 7) {
      for (const rows of [1, 2, 3, 4, 5, 6, 12]) {
        for (const showsKeys of [false, true]) {
          const state = {...firstState(pane, {column: 'docs', isDescending: false}), showsKeys}
          const over = {size: {rows, columns}, state, words: topWords.zh, summary: reasoned, colors: true}
          const lines = shown(pane, over)
          const widths = lines.map((line) => stringWidth(stripVTControlCharacters(line)))
          expect({columns, rows, widest: Math.max(...widths) <= columns, fits: lines.length <= rows}).toEqual({
            columns,
            rows,
            widest: true,
            fits: true,
          })
        }
      }
    }
  }
})

test('what the cluster says moves no cursor', () => {
  const lines = shown('nodes', {size: {rows: 24, columns: 300}})
  expect(lines.join()).toContain('机房二\\u001b[2J')
  expect(shown('nodes', {fault: 'two\nlines\u001B[2J'})[1]).toContain('two\\nlines\\u001b[2J')
})
