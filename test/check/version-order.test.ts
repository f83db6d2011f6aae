import {describe, expect, test} from 'vitest'
import {timeline} from './timeline.js'
import {checkVersionOrder, type ReadPromise} from './version-order.js'

interface Row {
  readonly name: string
  readonly rows: string
  readonly reads?: ReadPromise
}

const legal: readonly Row[] = [
  {name: 'writes one after the other go up', rows: 'a: [w1@1.1 ] [w2@1.2 ] [r2 ] [d@2.5 ] [r- ]'},
  {name: 'concurrent writes go either way', rows: 'a: [w1@1.2 ]\nb:  [w2@1.1 ]\nc:             [r1 ]'},
  {name: 'concurrent writes share an index and either is found', rows: 'a: [w1@1.1 ]\nb:  [w2@1.1 ]\nc:   [r1 ] [r2 ]'},
  {name: 'a get during an upsert misses it', rows: 'a: [w1@1.1 ] [w2@1.2     ]\nb:                [r1 ]'},
  {name: 'an unknown upsert lands late', rows: 'a: [w1@1.1 ] [w2?    ] [w3@1.3 ] [r3 ] [r2 ]'},
  {name: 'an unknown delete lands late', rows: 'a: [d?] [w1@1.1 ] [r1 ] [r- ]'},
  {
    name: 'a delete during the get explains that nothing was found',
    rows: 'a: [w1@1.1 ] [d@1.2      ]\nb:               [r- ]',
  },
  {name: 'a document that was never written is not there', rows: 'a: [r- ] [r-@3.9 ]'},
  {name: 'an upsert without a position is not ordered', rows: 'a: [w1@1.1 ] [w2 ] [r2 ] [r1 ]'},
  {name: 'an answer names the very entry it found', rows: 'a: [w1@1.4 ] [r1@1.4 ]'},
  {name: 'an answer names a later entry of another document', rows: 'a: [w1@1.4 ] [r1@2.9 ]'},
  {name: 'an answer names an entry after the delete', rows: 'a: [w1@1.4 ] [d@1.5 ] [r-@1.6 ]'},
  {
    name: 'followers may lag, each client going forward',
    rows: 'a: [w1@1.1 ] [w2@1.2 ] [r1 ] [r2 ]\nb:                 [r2 ]\nc:                           [r1 ]',
    reads: 'monotonic',
  },
]

const illegal: readonly (Row & {readonly says: RegExp})[] = [
  {name: 'a write that goes below one acknowledged before', rows: 'a: [w1@1.5 ] [w2@1.4 ]', says: /P5: a write went/},
  {name: 'a write at the index of one acknowledged before', rows: 'a: [w1@1.5 ] [d@1.5 ]', says: /P5: a write went/},
  {
    name: 'a write that goes below one that was found before',
    rows: 'a: [w1@1.5           ]\nb:   [r1 ] [w2@1.4 ]',
    says: /P5: a write went/,
  },
  {name: 'a term that goes back in the log', rows: 'a: [w1@3.1 ] [w2@2.2 ]', says: /P5: an older term/},
  {name: 'two terms at one index', rows: 'a: [w1@1.1 ]\nb:  [w2@2.1 ]', says: /P5: two terms/},
  {name: 'a stale read', rows: 'a: [w1@1.1 ] [w2@1.2 ] [r1 ]', says: /missed a write/},
  {name: 'a lost upsert', rows: 'a: [w1@1.1 ] [r- ]', says: /missed a write/},
  {
    name: 'a lost upsert, though an older delete could explain it',
    rows: 'a: [d@1.1 ] [w1@1.2 ] [r- ]',
    says: /missed a write/,
  },
  {name: 'a lost upsert that is deleted only later', rows: 'a: [w1@1.1 ] [r- ] [d@1.2 ]', says: /missed a write/},
  {name: 'a document that comes back after its delete', rows: 'a: [w1@1.1 ] [d@1.2 ] [r1 ]', says: /missed a write/},
  {
    name: 'two gets that go backwards during an upsert',
    rows: 'a: [w1@1.1 ] [w2@1.2                ]\nb:              [r2 ]\nc:                   [r1 ]',
    says: /went back behind another/,
  },
  {
    name: 'a document that comes back after it was not found',
    rows: 'a: [w1@1.1 ] [d@1.2                ]\nb:              [r- ]\nc:                   [r1 ]',
    says: /went back behind another/,
  },
  {name: 'a read of a value that was never written', rows: 'a: [r7 ]', says: /never written/},
  {name: 'a read of a rejected upsert', rows: 'a: [w1! ] [r1 ]', says: /rejected upsert/},
  {name: 'a read of a rejected upsert from a follower', rows: 'a: [w1! ] [r1 ]', reads: 'monotonic', says: /rejected/},
  {
    name: 'an answer older than the entry it names',
    rows: 'a: [w1@1.1 ] [w2@1.2      ]\nb:           [r1@1.3 ]',
    says: /at its position/,
  },
  {name: 'an answer newer than the entry it names', rows: 'a: [w1@1.5     ]\nb:    [r1@1.4 ]', says: /at its position/},
  {
    name: 'nothing at an entry that the document was there',
    rows: 'a: [w1@1.5      ]\nb:   [r-@1.6 ]',
    says: /at its position/,
  },
  {
    name: 'a client to whom followers go backwards',
    rows: 'a: [w1@1.1 ] [w2@1.2 ]\nb:                        [r2 ] [r1 ]',
    reads: 'monotonic',
    says: /went back behind another/,
  },
  {
    name: 'a client to whom followers take back a delete',
    rows: 'a: [w1@1.1 ] [d@1.2 ] [w2@1.3 ]\nb:              [r1 ] [r- ] [r1 ]',
    reads: 'monotonic',
    says: /went back behind another/,
  },
]

const optionsOf = ({reads}: Row) => (reads === undefined ? {} : {reads})

describe('the version order accepts that', () => {
  test.each(legal)('$name', (row) => {
    expect(checkVersionOrder(timeline(row.rows), optionsOf(row)).violations).toEqual([])
  })
})

describe('the version order refuses', () => {
  test.each(illegal)('$name', (row) => {
    const {violations} = checkVersionOrder(timeline(row.rows), optionsOf(row))
    expect(violations.map(({message}) => message).join('\n')).toMatch(row.says)
  })
})

test('a violation names the operations', () => {
  const {violations} = checkVersionOrder(timeline('a: [w1@1.1 ] [w2@1.2 ] [r1 ]'))
  expect(violations.map(({message}) => message)).toEqual([
    `P2: a get missed a write acknowledged before it, document 1/d
  upsert of 2, client a, from 13 to 21, at 1.2
  get found 1, client a, from 23 to 27`,
  ])
})

test('acknowledged writes without a position are counted', () => {
  expect(checkVersionOrder(timeline('a: [w1@1.1 ] [w2 ] [d ] [w3? ] [w4! ]'))).toEqual({
    violations: [],
    placed: 1,
    unplaced: 2,
  })
})
