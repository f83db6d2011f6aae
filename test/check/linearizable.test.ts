import {describe, expect, test} from 'vitest'
import {checkLinearizable} from './linearizable.js'
import {searchOrder} from './order-search.js'
import {sourcesOf} from './sources.js'
import {drawnKey, timeline} from './timeline.js'

interface Row {
  readonly name: string
  readonly rows: string
}

const legal: readonly Row[] = [
  {name: 'nothing happened', rows: ''},
  {name: 'a document that was never written is not there', rows: 'a: [r- ]'},
  {name: 'a get finds what was upserted before it', rows: 'a: [w1 ] [r1 ]'},
  {name: 'a get during an upsert finds it', rows: 'a: [w1      ]\nb:   [r1 ]'},
  {name: 'a get during an upsert does not find it', rows: 'a: [w1      ]\nb:   [r- ]'},
  {name: 'of two concurrent upserts either may be last: the first', rows: 'a: [w1   ]\nb:  [w2   ]\nc:         [r1 ]'},
  {name: 'of two concurrent upserts either may be last: the second', rows: 'a: [w1   ]\nb:  [w2   ]\nc:         [r2 ]'},
  {
    name: 'two gets during an upsert find the old and then the new',
    rows: 'a: [w1 ] [w2                 ]\nb:           [r1 ]\nc:                [r2 ]',
  },
  {name: 'calls that touch in one moment are concurrent', rows: 'a: [w1 ]\nb:     [r- ]'},
  {name: 'a deleted document is not there', rows: 'a: [w1 ] [d ] [r- ]'},
  {name: 'a deleted document can be written again', rows: 'a: [w1 ] [d ] [w2 ] [r2 ]'},
  {name: 'a delete of nothing is fine', rows: 'a: [d ] [r- ]'},
  {name: 'a get during a delete still finds the document', rows: 'a: [w1 ] [d        ]\nb:          [r1 ]'},
  {name: 'a rejected upsert is never found', rows: 'a: [w1 ] [w2! ] [r1 ]'},
  {name: 'a rejected delete leaves the document', rows: 'a: [w1 ] [d! ] [r1 ]'},
  {name: 'an unknown upsert never happened', rows: 'a: [w1 ] [w2? ] [r1 ] [r1 ]'},
  {name: 'an unknown upsert has happened', rows: 'a: [w1 ] [w2? ] [r2 ]'},
  {name: 'an unknown upsert is seen late', rows: 'a: [w1 ] [w2? ] [r1 ] [r1 ] [r2 ] [r2 ]'},
  {name: 'an unknown upsert that was never heard of is seen late', rows: 'a: [w1 ] [r1 ] [r2 ]\nb:      [w2>'},
  {name: 'an unknown upsert lands on a later one', rows: 'a: [w1? ] [w2 ] [r2 ] [r1 ]'},
  {name: 'an unknown delete never happened', rows: 'a: [w1 ] [d? ] [r1 ]'},
  {name: 'an unknown delete is seen late', rows: 'a: [w1 ] [d? ] [r1 ] [r- ]'},
  {name: 'an unknown delete lands on a later upsert', rows: 'a: [w1 ] [d? ] [w2 ] [r2 ] [r- ]'},
  {name: 'two unknown deletes both land', rows: 'a: [w1 ] [d? ] [d? ] [r- ] [w2 ] [r2 ] [r- ]'},
  {name: 'a get without answer says nothing', rows: 'a: [w1 ] [r? ] [r! ] [r1 ]'},
]

const illegal: readonly (Row & {readonly says: RegExp})[] = [
  {name: 'a stale read', rows: 'a: [w1 ] [w2 ] [r1 ]', says: /in the middle of the other.*(\n.*){2}\n.*get found 1/},
  {name: 'a lost upsert', rows: 'a: [w1 ] [r- ]', says: /found nothing, though nobody deleted it/},
  {name: 'a lost upsert that is deleted only later', rows: 'a: [w1 ] [r- ] [d ]', says: /nobody deleted it/},
  {name: 'a lost upsert that was deleted only before', rows: 'a: [d ] [w1 ] [r- ]', says: /nobody deleted it/},
  {name: 'a lost update among concurrent ones', rows: 'a: [w1 ]\nb: [w2 ]\nc:      [r1 ] [r2 ] [r1 ]', says: /middle/},
  {name: 'a read of a value that was never written', rows: 'a: [w1 ] [r7 ]', says: /never written/},
  {name: 'a read of a rejected upsert', rows: 'a: [w1 ] [w2! ] [r2 ]', says: /value of a rejected upsert/},
  {name: 'a read during an upsert that is rejected', rows: 'a: [w1!     ]\nb:   [r1 ]', says: /a rejected upsert/},
  {
    name: 'a read of a value before its upsert began',
    rows: 'a: [r1 ]\nb:        [w1 ]',
    says: /before its upsert began/,
  },
  {name: 'a document that comes back after its delete', rows: 'a: [w1 ] [d ] [r1 ]', says: /a delete has no effect/},
  {
    name: 'a document that comes back after it was not found',
    rows: 'a: [w1 ] [d? ] [r- ] [r1 ]',
    says: /while a value/,
  },
  {name: 'a rejected delete that happened', rows: 'a: [w1 ] [d! ] [r- ]', says: /nobody deleted it/},
  {
    name: 'two gets that go backwards during an upsert',
    rows: 'a: [w1 ] [w2                 ]\nb:           [r2 ]\nc:                [r1 ]',
    says: /middle of the other/,
  },
  {
    name: 'two clients that see two upserts in different orders',
    rows: 'a: [w1 ]\nb: [w2 ]\nc:      [r1 ] [r2 ]\nd:      [r2 ]  [r1 ]',
    says: /middle of the other/,
  },
  {name: 'an unknown upsert that was seen and went away', rows: 'a: [w1 ] [w2? ] [r2 ] [r1 ]', says: /middle/},
  {name: 'an unknown upsert that happens twice', rows: 'a: [w1? ] [r1 ] [w2 ] [r2 ] [r1 ]', says: /middle/},
  {
    name: 'an unknown upsert that undoes a delete it came before',
    rows: 'a: [w1? ] [r1 ] [d ] [r1 ]',
    says: /no effect/,
  },
  {name: 'one unknown delete that lands twice', rows: 'a: [w1 ] [d? ] [r- ] [w2 ] [r2 ] [r- ]', says: /holds 2/},
  {name: 'an unknown delete that lands before it began', rows: 'a: [w1 ] [r- ] [d? ]', says: /nobody deleted it/},
  {
    name: 'one delete that lands before and after an upsert',
    rows: 'a: [w1 ]\nb:    [d                      ]\nc:         [r- ] [w2 ] [r2 ] [r- ]',
    says: /no order explains/,
  },
]

describe('a history is linearizable when', () => {
  test.each(legal)('$name', ({rows}) => {
    expect(checkLinearizable(timeline(rows))).toMatchObject({verdict: 'linearizable', violations: []})
  })
})

describe('a history is refused for', () => {
  test.each(illegal)('$name', ({rows, says}) => {
    const {verdict, violations} = checkLinearizable(timeline(rows))
    expect(verdict).toBe('violation')
    expect(violations.map(({message}) => message).join('\n')).toMatch(says)
  })
})

describe('without looking for contradictions first, the search alone refuses', () => {
  test.each(illegal)('$name', ({rows, says}) => {
    const history = timeline(rows)
    const {violations} = sourcesOf(drawnKey, history)
    const search = () => searchOrder(history, 1_000).verdict
    // It is not asked about values that came from nowhere.
    if (violations.length === 0) expect(search()).toBe('violation')
    else expect(violations.map(({message}) => message).join('\n')).toMatch(says)
  })
})

test('the search refuses to be asked about the value of a rejected upsert', () => {
  expect(() => searchOrder(timeline('a: [w1! ] [r1 ]'), 1_000)).toThrow('nobody wrote 1')
})

test('operations that contradict each other are named, and no others', () => {
  const history = timeline(`
    a: [w1 ] [r1 ] [w2 ]        [r1 ]  [w3 ]
    b:       [r1 ]       [r2 ]               [r3 ]
  `)
  expect(checkLinearizable(history).violations.map(({message}) => message)).toEqual([
    `P2: two values were each held in the middle of the other, document 1/d
  upsert of 1, client a, from 7 to 11
  upsert of 2, client a, from 19 to 23
  get found 2, client b, from 25 to 29
  get found 1, client a, from 32 to 36`,
  ])
})

test('else a violation shows the first return that went wrong, an order up to it, and what does not fit', () => {
  const history = timeline(`
    a: [w1 ] [d? ]        [w2 ]       [w3 ] [r3 ]
    b:              [r- ]       [r2 ]
    c:                                     [r- ]
  `)
  const [found, ...others] = checkLinearizable(history).violations
  expect(others).toEqual([])
  expect(found?.prefix.map(({kind}) => kind)).toEqual(['upsert', 'delete', 'get', 'upsert', 'get', 'upsert'])
  expect(`\n${found?.message}\n`).toBe(`
P2: no order explains document 1/d once this returned:
  get found nothing, client c, from 43 to 47
an order of what returned before, 6 operations:
  upsert of 1, client a, from 7 to 11
  delete (unknown), client a, from 13 to 17
  get found nothing, client b, from 20 to 24
  upsert of 2, client a, from 26 to 30
  get found 2, client b, from 32 to 36
  upsert of 3, client a, from 38 to 42
with it, at most 6 can be ordered:
  upsert of 1, client a, from 7 to 11
  delete (unknown), client a, from 13 to 17
  get found nothing, client b, from 20 to 24
  upsert of 2, client a, from 26 to 30
  get found 2, client b, from 32 to 36
  upsert of 3, client a, from 38 to 42
and then none of these fits:
  get found nothing, client c, from 43 to 47: the document holds 3
`)
})

test('documents are judged apart: one that is wrong does not hide behind one that is right', () => {
  const right = timeline('a: [w1 ] [r1 ]')
  const wrong = timeline('b: [w2 ] [r- ]').map((operation) => ({...operation, key: {...operation.key, id: 'e'}}))
  const {verdict, violations} = checkLinearizable([...right, ...wrong])
  expect(verdict).toBe('violation')
  expect(violations.map(({key}) => key.id)).toEqual(['e'])
})

describe('a search that would take too long', () => {
  const concurrent = timeline(`
    a: [w1         ]
    b: [w2         ]
    c: [w3         ]
    d: [d?         ] [r1 ] [r- ] [w4 ] [r4 ] [r- ]
  `)

  test('is undecided, and that is no pass', () => {
    const {verdict, undecided, violations} = checkLinearizable(concurrent, {statesMax: 3})
    expect(verdict).toBe('undecided')
    expect(undecided.map(({id}) => id)).toEqual(['d'])
    expect(violations).toEqual([])
    expect(checkLinearizable(concurrent).verdict).toBe('violation')
  })

  test('does not excuse a violation of another document', () => {
    const wrong = timeline('x: [w9 ] [r- ]').map((operation) => ({...operation, key: {...operation.key, id: 'e'}}))
    const {verdict, undecided} = checkLinearizable([...concurrent, ...wrong], {statesMax: 3})
    expect(verdict).toBe('violation')
    expect(undecided.map(({id}) => id)).toEqual(['d'])
  })
})

test('a history that breaks the assumptions is thrown out, not judged', () => {
  expect(() => checkLinearizable(timeline('a: [w1 ] [w1 ]'))).toThrow('two upserts write the same value')
})
