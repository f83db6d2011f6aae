import {describe, expect, test} from 'vitest'
import {checkLedger} from './ledger.js'
import {drawnKey, timeline} from './timeline.js'

interface Row {
  readonly name: string
  readonly rows: string
  /** What the document holds in the end; null if it is not there. */
  readonly holds: string | null
}

const kept: readonly Row[] = [
  {name: 'the acknowledged upsert is there', rows: 'a: [w1 ]', holds: '1'},
  {name: 'the last of several is there', rows: 'a: [w1 ] [w2 ] [d ] [w3 ]', holds: '3'},
  {name: 'either of two concurrent ones is there: the first', rows: 'a: [w1   ]\nb:   [w2   ]', holds: '1'},
  {name: 'either of two concurrent ones is there: the second', rows: 'a: [w1   ]\nb:   [w2   ]', holds: '2'},
  {name: 'it was deleted', rows: 'a: [w1 ] [d ]', holds: null},
  {name: 'it was deleted by a call that overlaps', rows: 'a: [w1   ]\nb:  [d ]', holds: null},
  {name: 'an unknown upsert replaced it', rows: 'a: [w1 ] [w2? ]', holds: '2'},
  {name: 'an unknown upsert that began long before replaced it', rows: 'a: [w2? ] [w1 ]', holds: '2'},
  {name: 'an unknown delete took it', rows: 'a: [d? ] [w1 ]', holds: null},
  {name: 'an unknown upsert brought it back', rows: 'a: [w2? ] [w1 ] [d ]', holds: '2'},
  {name: 'an unknown upsert never happened', rows: 'a: [w1? ]', holds: null},
  {name: 'a rejected upsert did not happen', rows: 'a: [w1 ] [w2! ]', holds: '1'},
  {name: 'a rejected delete did not happen', rows: 'a: [w1 ] [d! ]', holds: '1'},
  {name: 'nothing was ever written', rows: 'a: [r- ] [d ] [w1! ]', holds: null},
  {name: 'the log says which of two concurrent ones was last', rows: 'a: [w1@1.2  ]\nb:   [w2@1.1  ]', holds: '1'},
]

const broken: readonly (Row & {readonly says: RegExp})[] = [
  {name: 'an acknowledged upsert is gone', rows: 'a: [w1 ]', holds: null, says: /upsert is gone.*\n.*upsert of 1/},
  {name: 'the delete that might excuse it came before', rows: 'a: [d ] [w1 ]', holds: null, says: /upsert is gone/},
  {name: 'the delete that might excuse it was rejected', rows: 'a: [w1 ] [d! ]', holds: null, says: /upsert is gone/},
  {name: 'a lost update', rows: 'a: [w1 ] [w2 ]', holds: '1', says: /later write is lost(.*\n)*.*upsert of 2/},
  {name: 'a document that comes back after its delete', rows: 'a: [w1 ] [d ]', holds: '1', says: /lost(.*\n)*.*delete/},
  {name: 'the value of a rejected upsert', rows: 'a: [w1 ] [w2! ]', holds: '2', says: /whose upsert was rejected/},
  {name: 'the value of a rejected upsert that overlaps', rows: 'a: [w1 ]\nb: [w2! ]', holds: '2', says: /was rejected/},
  {name: 'a value that was never written', rows: 'a: [w1 ]', holds: '7', says: /holds 7, which was never written/},
  {
    name: 'the lesser of two concurrent ones by the log',
    rows: 'a: [w1@1.2  ]\nb:   [w2@1.1  ]',
    holds: '2',
    says: /lost/,
  },
  {
    name: 'a delete that is less than the upsert by the log',
    rows: 'a: [w1@1.2  ]\nb:   [d@1.1  ]',
    holds: null,
    says: /gone/,
  },
  {
    name: 'two deletes, each too early for one of two upserts',
    rows: 'a: [w1@1.3      ]     [w2@1.1 ]\nb:   [d@1.4 ]\nc:         [d@1.2          ]',
    holds: null,
    says: /upsert is gone/,
  },
]

describe('an acknowledged write counts as kept when', () => {
  test.each(kept)('$name', ({rows, holds}) => {
    expect(checkLedger(timeline(rows), [{key: drawnKey, value: holds}]).violations).toEqual([])
  })
})

describe('the ledger refuses', () => {
  test.each(broken)('$name', ({rows, holds, says}) => {
    const {violations} = checkLedger(timeline(rows), [{key: drawnKey, value: holds}])
    expect(violations.map(({message}) => message).join('\n')).toMatch(says)
  })
})

test('a document that nobody wrote must not be there', () => {
  const stranger = {spaceId: drawnKey.spaceId, id: 'stranger'}
  expect(checkLedger([], [{key: stranger, value: null}]).violations).toEqual([])
  expect(checkLedger([], [{key: stranger, value: 'x'}]).violations).toHaveLength(1)
})

test('a key without a final read, or with two, is no verdict', () => {
  const final = {key: drawnKey, value: '1'}
  expect(() => checkLedger(timeline('a: [w1 ]'), [])).toThrow('no final read of 1 keys, such as 1/d')
  expect(() => checkLedger(timeline('a: [w1 ]'), [final, final])).toThrow('two final reads of 1/d')
})

test('says how much it has judged', () => {
  const judged = checkLedger(timeline('a: [w1 ] [w2? ] [w3! ] [d ] [r- ]'), [{key: drawnKey, value: null}])
  expect(judged).toEqual({violations: [], keys: 1, acknowledged: 2})
})
