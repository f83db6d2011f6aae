import {describe, expect, test} from 'vitest'
import {assertAssumptions, brokenAssumptions} from './assumptions.js'
import {type Operation, sentence} from './history.js'
import {fromLines, toLines} from './history-lines.js'
import {HistoryRecorder} from './recorder.js'
import {drawnKey, timeline} from './timeline.js'

describe('the recorder', () => {
  const call = {client: 'a', key: drawnKey}

  test('writes down what clients saw, in the order the calls began', () => {
    let nowMs = 10
    const recorder = new HistoryRecorder({nowMs: () => nowMs})
    const upsert = recorder.invoke({...call, kind: 'upsert', value: '1'})
    const get = recorder.invoke({client: 'b', key: drawnKey, kind: 'get'})
    nowMs = 12.5
    get.ok('1', {term: 1, index: 6})
    upsert.ok({term: 1, index: 5})
    nowMs = 13
    recorder.invoke({...call, kind: 'delete'}).unknown()
    recorder.invoke({...call, kind: 'delete'}).rejected()
    recorder.invoke({...call, kind: 'get'})
    expect(recorder.history().map(sentence)).toEqual([
      'upsert of 1, client a, from 10000 to 12501, at 1.5',
      'get found 1, client b, from 10001 to 12500, at 1.6',
      'delete (unknown), client a, from 13000 to 13001',
      'delete (rejected), client a, from 13002 to 13003',
      'get (unknown), client a, from 13004, never returned',
    ])
    expect(brokenAssumptions(recorder.history())).toEqual([])
  })

  test('keeps the order of events while the clock stands still or goes back', () => {
    let nowMs = 5
    const recorder = new HistoryRecorder({nowMs: () => nowMs--})
    for (let round = 0; round < 3; round++) recorder.invoke({...call, kind: 'get'}).ok(null)
    const moments = recorder.history().flatMap(({invokedAt, returnedAt}) => [invokedAt, returnedAt])
    expect(moments).toEqual([5000, 5001, 5002, 5003, 5004, 5005])
  })

  test('refuses to end a call twice', () => {
    const get = new HistoryRecorder({nowMs: () => 0}).invoke({...call, kind: 'get'})
    get.unknown()
    expect(() => get.ok(null)).toThrow('a call of client a ended twice')
  })

  test('gives out a history that later events do not change', () => {
    const recorder = new HistoryRecorder({nowMs: () => 0})
    const get = recorder.invoke({...call, kind: 'get'})
    const before = recorder.history()
    get.ok('1')
    expect(before[0]).toMatchObject({outcome: 'unknown', value: null, returnedAt: null})
  })
})

describe('history lines', () => {
  const history = timeline('a: [w1@2.7 ] [r- ] [d? ] [w2! ]\nb: [w3>')

  test('read back as they were written', () => {
    expect(fromLines(toLines(history))).toEqual(history)
  })

  test('are one object each', () => {
    expect(toLines(history.slice(0, 2))).toBe(
      '{"space":1,"id":"d","client":"a","kind":"upsert","value":"1","invokedAt":3,"returnedAt":11,"outcome":"ok","term":2,"index":7}\n' +
        '{"space":1,"id":"d","client":"a","kind":"get","value":null,"invokedAt":13,"returnedAt":17,"outcome":"ok"}\n',
    )
  })

  const line = toLines(timeline('a: [w1@2.7 ]')).trim()
  test.each([
    {name: 'no JSON', text: '{', says: 'line 1 of the history'},
    {name: 'no object', text: '7', says: 'line 1 of the history: not an object'},
    {name: 'a kind that there is not', text: line.replace('upsert', 'put'), says: 'kind is "put"'},
    {name: 'an outcome that there is not', text: line.replace('"ok"', '"fine"'), says: 'outcome is "fine"'},
    {name: 'no value', text: line.replace('"value":"1",', ''), says: 'value is undefined'},
    {name: 'a value that is no text', text: line.replace('"value":"1"', '"value":1'), says: 'value is 1'},
    {name: 'half a position', text: line.replace(',"index":7', ''), says: 'index is undefined'},
    {name: 'something wrong further down', text: `${line}\n\n[]`, says: 'line 3 of the history'},
  ])('are refused for $name', ({text, says}) => {
    expect(() => fromLines(text)).toThrow(says)
  })
})

describe('a history is not fit to be judged when', () => {
  const changed = (rows: string, change: Partial<Operation>) =>
    timeline(rows).map((operation) => ({...operation, ...change}))

  test.each([
    {name: 'calls of one client overlap', history: timeline('a: [w1    ]\na:   [r1 ]'), says: 'overlap'},
    {name: 'calls of one client touch', history: timeline('a: [w1 ]\na:     [r1 ]'), says: 'overlap'},
    {name: 'a client that never heard goes on', history: timeline('a: [w1>  [r1 ]'), says: 'overlap'},
    {name: 'two upserts write one value', history: timeline('a: [w1 ] [w1! ]'), says: 'the same value, to 1/d and 1/d'},
    {name: 'a call returns before it began', history: changed('a: [w1 ]', {returnedAt: 1}), says: 'before it began'},
    {name: 'a moment is no number', history: changed('a: [w1 ]', {invokedAt: Number.NaN}), says: 'no number'},
    {
      name: 'an acknowledged call never returned',
      history: changed('a: [w1 ]', {returnedAt: null}),
      says: 'never returned',
    },
    {name: 'an upsert writes nothing', history: timeline('a: [w ]'), says: 'writes no value'},
    {name: 'a delete has a value', history: timeline('a: [d1 ]'), says: 'a delete has a value'},
    {name: 'a get without answer has a value', history: timeline('a: [r1? ]'), says: 'without answer'},
    {name: 'a rejected call has a position', history: timeline('a: [w1!@1.1 ]'), says: 'not acknowledged'},
    {name: 'an index is 0', history: timeline('a: [w1@1.0 ]'), says: 'no place in a log'},
  ])('$name', ({history, says}) => {
    expect(() => assertAssumptions(history)).toThrow(says)
  })

  test('and not when everything is in order', () => {
    expect(() => assertAssumptions(timeline('a: [w1@1.1 ] [w2? ] [r1@1.1 ] [d! ] [w3>\nb: [r- ]'))).not.toThrow()
  })
})
