import {describe, expect, test} from 'vitest'
import {stringifyJson} from '../../src/entity/json.js'
import {DocumentView, renderDate, shortest} from '../../src/router/document-view.js'
import {SeededRandom, testSeed} from '../harness/random.js'
import {makeSpace} from './spaces.js'

const seed = testSeed()
const view = new DocumentView(
  makeSpace({
    l: {type: 'long'},
    f: {type: 'float'},
    d: {type: 'double'},
    t: {type: 'date'},
    tags: {type: 'stringArray'},
    v: {type: 'vector', dimension: 2},
  }),
)

test('a document as JSON', () => {
  const json = view.render(
    {
      id: 'a',
      docid: 3,
      fields: {l: 5n, f: Math.fround(0.1), d: 0.1, t: 1_711_929_600_500_000_000n, tags: ['x', 'y']},
      vectors: {v: Float32Array.of(0.1, -2.5)},
    },
    {_score: 73.2},
  )
  expect(stringifyJson(json)).toBe(
    '{"_id":"a","_score":73.2,"l":5,"f":0.1,"d":0.1,"t":"2024-04-01T00:00:00.5Z","tags":["x","y"],"v":[0.1,-2.5]}',
  )
})

test('a long beyond 2^53 keeps its digits', () => {
  const json = view.render({id: 'a', docid: 0, fields: {l: 9_223_372_036_854_775_807n}, vectors: {}})
  expect(stringifyJson(json)).toBe('{"_id":"a","l":9223372036854775807}')
})

describe('a date', () => {
  test.each([
    [0n, '1970-01-01T00:00:00Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [1_711_967_430_123_456_000n, '2024-04-01T10:30:30.123456Z'],
    [-(2n ** 63n), '1677-09-21T00:12:43.145224192Z'],
    [2n ** 63n - 1n, '2262-04-11T23:47:16.854775807Z'],
  ])('%s ns', (nanos, text) => expect(renderDate(nanos)).toBe(text))
})

describe('a float32', () => {
  test.each([
    0, 1, -1, 0.1, 0.3, 1e-7, 1.5e-30, 3.4028234663852886e38, 123456.789, 16777217.5, 123456789012, 0.000123,
    98765.4321, 9999999.5,
  ])('%f is written with as few digits as it takes', (value) => {
    const float = Math.fround(value)
    let fewest = float
    for (let digits = 1; digits <= 9; digits++) {
      fewest = Number(float.toPrecision(digits))
      if (Math.fround(fewest) === float) break
    }
    expect(shortest(float)).toBe(fewest)
  })

  test(`any of them comes back, in no more than nine digits (SEED=${seed})`, () => {
    const random = new SeededRandom(seed)
    const bits = new Uint32Array(1)
    const floats = new Float32Array(bits.buffer)
    for (let round = 0; round < 20_000; round++) {
      bits[0] = Math.floor(random.next() * 2 ** 32)
      const float = floats[0] ?? 0
      if (!Number.isFinite(float)) continue
      const written = shortest(float)
      expect(Math.fround(written)).toBe(float)
      if (!Number.isInteger(float)) {
        expect(
          String(written)
            .replace(/e.*|[-.]/g, '')
            .replace(/^0+|0+$/g, '').length,
        ).toBeLessThanOrEqual(9)
      }
    }
  })
})
