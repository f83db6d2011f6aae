/** What each key of `top` means. */
import {describe, expect, test} from 'vitest'
import {firstState, pressed, type TopState} from '../../../src/cli/top/top-state.js'

const extent = {rows: 100, page: 10, columns: ['id', 'docs', 'lag']}
const start = firstState('nodes', null)

/** Keys by their names, a space between two; `^c` with Ctrl. */
function typed(keys: string, {from = start, of = extent} = {}): TopState {
  return keys
    .split(' ')
    .map((name) => ({name: name.replace('^', ''), isCtrl: name.startsWith('^')}))
    .reduce((state, key) => pressed(state, key, of), from)
}

describe('scrolling ends at the first and the last row', () => {
  test.each([
    ['down', 1],
    ['j j k', 1],
    ['up', 0],
    ['pagedown pagedown pageup', 10],
    ['end', 90],
    ['end down', 90],
    ['end home', 0],
    ['pageup', 0],
  ])('%s: row %i', (keys, first) => {
    expect(typed(keys).first).toBe(first)
  })

  test('also when rows went away meanwhile', () => {
    const scrolled = typed('end')
    expect(typed('up', {from: scrolled, of: {...extent, rows: 20}}).first).toBe(9)
    expect(typed('down', {from: scrolled, of: {...extent, rows: 5}}).first).toBe(0)
  })
})

describe('the order', () => {
  const descending = (column: string) => ({column, isDescending: true})
  test.each([
    ['right', descending('docs')],
    ['right right', descending('lag')],
    ['left', descending('lag')],
    ['right right right', descending('id')],
    ['r', descending('id')],
    ['r r', {column: 'id', isDescending: false}],
    ['right r', {column: 'docs', isDescending: false}],
    ['right r right', {column: 'lag', isDescending: false}],
  ])('%s', (keys, order) => {
    expect(typed(keys).orders.nodes).toEqual(order)
  })

  test('is of each pane alone, and shows its first rows', () => {
    const state = typed('end right p')
    expect(state).toMatchObject({pane: 'partitions', first: 0, orders: {nodes: descending('docs'), partitions: null}})
    expect(typed('tab r tab', {from: state}).orders).toEqual({
      nodes: {...descending('docs'), isDescending: false},
      partitions: null,
    })
  })

  test('without columns there is none', () => {
    expect(typed('right r', {of: {...extent, columns: []}}).orders.nodes).toBeNull()
  })
})

test.each<[keys: string, Partial<TopState>]>([
  ['p', {pane: 'partitions'}],
  ['tab tab', {pane: 'nodes'}],
  ['down n', {pane: 'nodes', first: 1}],
  ['down p', {pane: 'partitions', first: 0}],
  ['space', {isPaused: true}],
  ['space space', {isPaused: false}],
  ['?', {showsKeys: true}],
  ['? ?', {showsKeys: false}],
  ['? escape', {showsKeys: false}],
  ['q', {hasLeft: true}],
  ['^c', {hasLeft: true}],
])('%s', (keys, state) => {
  expect(typed(keys)).toMatchObject(state)
})

test.each(['x', '^q', '^p', 'c', 'f5'])('%s means nothing', (key) => {
  expect(typed(key)).toBe(start)
})
