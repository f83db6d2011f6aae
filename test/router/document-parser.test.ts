import {describe, expect, test} from 'vitest'
import {parseJson} from '../../src/entity/json.js'
import {systemRandom} from '../../src/env/random.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {DocumentParser, DocumentParsers} from '../../src/router/document-parser.js'
import {makeSpace} from './spaces.js'

const space = makeSpace({
  i: {type: 'integer'},
  l: {type: 'long'},
  f: {type: 'float'},
  d: {type: 'double'},
  s: {type: 'string'},
  indexed: {type: 'string', index: 'INVERTED'},
  tags: {type: 'string_array'},
  tagsIndexed: {type: 'string_array', index: 'INVERTED'},
  t: {type: 'date'},
  v: {type: 'vector', dimension: 3},
})
const parser = new DocumentParser(space, systemRandom)
const unit = new DocumentParser(makeSpace({v: {type: 'vector', dimension: 2, format: 'normalization'}}), systemRandom)

/** As it comes over HTTP: JSON text. */
function parse(json: string, by = parser) {
  return by.parse(parseJson(json))
}

function refusal(json: string, by = parser): string {
  try {
    parse(json, by)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CodedError)
    expect((thrown as CodedError).code).toBe(6)
    return (thrown as CodedError).message
  }
  throw new Error(`accepted ${json}`)
}

const at = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n
const long = (bytes: number) => 'x'.repeat(bytes)

describe('a value that is accepted', () => {
  const rows: readonly [field: string, json: string, value: unknown][] = [
    ['i', '0', 0],
    ['i', '-5', -5],
    ['i', '2147483647', 2_147_483_647],
    ['i', '-2147483648', -2_147_483_648],
    ['i', '1e3', 1_000],
    ['i', '"7"', 7],
    ['i', '"-7"', -7],
    ['i', '"+7"', 7],
    ['i', '"08"', 8],
    ['i', '"7.0"', 7],
    ['i', '"7."', 7],
    ['l', '0', 0n],
    ['l', '9007199254740991', 9_007_199_254_740_991n],
    ['l', '9007199254740993', 9_007_199_254_740_993n],
    ['l', '9223372036854775807', 9_223_372_036_854_775_807n],
    ['l', '-9223372036854775808', -9_223_372_036_854_775_808n],
    ['l', '"9223372036854775807"', 9_223_372_036_854_775_807n],
    ['l', '"-12"', -12n],
    ['f', '0.1', Math.fround(0.1)],
    ['f', '1', 1],
    ['f', '3.4028234663852886e38', 3.4028234663852886e38],
    ['f', '1e-50', 0],
    ['f', '"0.5"', 0.5],
    ['f', '"1.0"', 1],
    ['f', '"1e5"', 100_000],
    ['f', '9007199254740993', 9007199254740992],
    ['d', '0.1', 0.1],
    ['d', '1.7976931348623157e308', Number.MAX_VALUE],
    ['d', '"0.1"', 0.1],
    ['d', '".5"', 0.5],
    ['d', '"-5."', -5],
    ['s', '""', ''],
    ['s', '"text"', 'text'],
    ['s', '"中文"', '中文'],
    ['s', `"${long(65_535)}"`, long(65_535)],
    ['indexed', `"${long(1_024)}"`, long(1_024)],
    ['tags', '["a","b"]', ['a', 'b']],
    ['tags', '[]', ['']],
    ['tags', '"a\\u0001b"', ['a', 'b']],
    ['tags', '"alone"', ['alone']],
    ['tags', `["${long(65_535)}"]`, [long(65_535)]],
    ['tagsIndexed', `["${long(1_024)}"]`, [long(1_024)]],
    ['t', '0', 0n],
    ['t', '1711929600', at('2024-04-01T00:00:00Z')],
    ['t', '-1', -1_000_000_000n],
    ['t', '"2024-04-01"', at('2024-04-01T00:00:00Z')],
    ['t', '"2024-04-01 10:20:30"', at('2024-04-01T10:20:30Z')],
    ['t', '"2024-04-01T10:20:30"', at('2024-04-01T10:20:30Z')],
    ['t', '"2024-04-01T10:20:30Z"', at('2024-04-01T10:20:30Z')],
    ['t', '"2024-04-01T10:20:30+08:00"', at('2024-04-01T02:20:30Z')],
    ['t', '"2024-04-01T10:20:30.123456789Z"', at('2024-04-01T10:20:30Z') + 123_456_789n],
    ['t', '"01 Apr 2024"', at('2024-04-01T00:00:00Z')],
    ['t', '"Mon, 01 Apr 2024 10:20:30 GMT"', at('2024-04-01T10:20:30Z')],
    ['t', '"1969-12-31"', at('1969-12-31T00:00:00Z')],
  ]
  test.each(rows)('%s: %.40s', (field, json, value) => {
    const {fields} = parse(`{"_id":"1","${field}":${json}}`)
    expect(fields).toEqual({[field]: value})
  })
})

describe('a value that is refused', () => {
  const rows: readonly [field: string, json: string, message: string][] = [
    ['i', '1.5', 'field[i] value mismatch, value:[1.5] type:[INT], it is not an integer'],
    ['i', '2147483648', 'field[i] value mismatch, value:[2147483648] type:[INT], it does not fit 32 bits'],
    ['i', '-2147483649', 'field[i] value mismatch, value:[-2147483649] type:[INT], it does not fit 32 bits'],
    ['i', '99999999999999999999', 'value:[99999999999999999999] type:[INT], it does not fit 32 bits'],
    ['i', '"x"', 'parse string x to integer failed, err'],
    ['i', '""', 'parse string  to integer failed, err'],
    ['i', '"1.5"', 'parse string 1.5 to integer failed, err'],
    ['i', '"3000000000"', 'parse string 3000000000 to integer failed, err it does not fit 32 bits'],
    ['i', '" 1"', 'parse string  1 to integer failed, err'],
    ['i', '"0x10"', 'parse string 0x10 to integer failed, err'],
    ['i', 'null', 'field name [i] type is null'],
    ['i', 'true', 'field:[i] value mismatch, type:[INT]'],
    ['i', '[1]', "field:[i] type:[INT] can't use as array"],
    ['i', '{}', "field:[i] type:[INT] can't use as object"],
    ['l', '0.5', 'field[l] value mismatch, value:[0.5] type:[LONG], it is not an integer'],
    ['l', '9223372036854775808', 'value:[9223372036854775808] type:[LONG], it does not fit 64 bits'],
    ['l', '"9223372036854775808"', 'parse string 9223372036854775808 to long failed, err it does not fit 64 bits'],
    ['l', '"1e3"', 'parse string 1e3 to long failed, err'],
    ['l', 'false', 'field:[l] value mismatch, type:[LONG]'],
    ['l', '1e300', 'type:[LONG], it does not fit 64 bits'],
    ['f', '1e39', 'field[f] value mismatch, value:[1e+39] type:[FLOAT], it does not fit a 32-bit float'],
    ['f', '1e999', 'type:[FLOAT], it is not finite'],
    ['f', '"x"', 'parse string x to float32 failed, err'],
    ['f', '"NaN"', 'parse string NaN to float32 failed, err'],
    ['f', '"inf"', 'parse string inf to float32 failed, err'],
    ['f', '"1e39"', 'parse string 1e39 to float32 failed, err it does not fit'],
    ['d', '"Infinity"', 'parse string Infinity to float64 failed, err'],
    ['d', '"1e999"', 'parse string 1e999 to float64 failed, err it is not finite'],
    ['d', '"."', 'parse string . to float64 failed, err'],
    ['d', '[0.5]', "field:[d] type:[DOUBLE] can't use as array"],
    ['s', '1', 'field[s] value mismatch, value:[1] type:[STRING]'],
    ['s', '12345678901234567890', 'field[s] value mismatch, value:[12345678901234567890] type:[STRING]'],
    ['s', 'true', 'field:[s] value mismatch, type:[STRING]'],
    ['s', 'null', 'field name [s] type is null'],
    ['s', '["a"]', "field:[s] type:[STRING] can't use as array"],
    ['s', '{"a":1}', "field:[s] type:[STRING] can't use as object"],
    ['s', `"${long(65_536)}"`, 'string field s length should less than 65535'],
    ['s', `"${'中'.repeat(21_846)}"`, 'string field s length should less than 65535'],
    ['indexed', `"${long(1_025)}"`, 'string field indexed indexed, length should less than 1024'],
    ['indexed', `"${'é'.repeat(513)}"`, 'string field indexed indexed, length should less than 1024'],
    ['tags', '[1]', 'field[tags] value mismatch, value:[1] type:[STRINGARRAY]'],
    ['tags', '["a",null]', 'field[tags] value mismatch, value:[null] type:[STRINGARRAY]'],
    ['tags', '5', 'field[tags] value mismatch, value:[5] type:[STRINGARRAY]'],
    ['tags', '{}', "field:[tags] type:[STRINGARRAY] can't use as object"],
    ['tags', 'true', 'field:[tags] value mismatch, type:[STRINGARRAY]'],
    ['tags', `["${long(65_536)}"]`, 'string field tags length should less than 65535'],
    ['tagsIndexed', `["a","${long(1_025)}"]`, 'string field tagsIndexed indexed, length should less than 1024'],
    ['t', '"soon"', 'parse date soon failed, err unable to parse date: soon'],
    ['t', '"2024-13-01"', 'parse date 2024-13-01 failed, err'],
    ['t', '"2024-02-30"', 'parse date 2024-02-30 failed, err'],
    ['t', '""', 'parse date  failed, err'],
    ['t', '1.5', 'field[t] value mismatch, value:[1.5] type:[DATE]'],
    ['t', '10000000000000', 'field[t] value mismatch, value:[10000000000000] type:[DATE]'],
    ['t', '"9999-01-01"', 'parse date 9999-01-01 failed, err it does not fit 64 bits'],
    ['t', 'true', 'field:[t] value mismatch, type:[DATE]'],
    ['t', '[1]', "field:[t] type:[DATE] can't use as array"],
    ['nothing', '1', 'unrecognizable field, nothing is not found in space[ts_space] fields'],
    ['__proto__', '1', 'unrecognizable field, __proto__ is not found in space[ts_space] fields'],
    ['constructor', '1', 'unrecognizable field, constructor is not found in space[ts_space] fields'],
    ['_score', '1', 'unrecognizable field, _score is not found in space[ts_space] fields'],
    ['v', 'null', 'field name [v] type is null'],
    ['v', '1', 'field[v] value mismatch, value:[1] type:[VECTOR]'],
    ['v', 'true', 'field:[v] value mismatch, type:[VECTOR]'],
    ['v', '"1,2,3"', 'parse param processString err :v'],
    ['v', '[]', 'vector field v embedding value should be arrry, but is: []'],
    ['v', '{"feature":[1,2,3]}', 'vector field v embedding value should be arrry, but is: {"feature":[1,2,3]}'],
    [
      'v',
      '[1,2]',
      'vector field:[v] embedding length has error, dimension in space is:[3] but input length:[2] vector embedding value:[1 2]',
    ],
    ['v', '[1,2,3,4]', 'dimension in space is:[3] but input length:[4] vector embedding value:[1 2 3 4]'],
    ['v', '[1,"2",3]', 'vector embedding can not to float 64 "2"'],
    ['v', '[1,null,3]', 'vector embedding can not to float 64 null'],
    ['v', '[1,[2],3]', 'vector embedding can not to float 64 [2]'],
    ['v', '[1,2,1e39]', 'vector embedding value index:[2], err:[ 1e+39] is nan or inf'],
    ['v', '[1e999,2,3]', 'vector embedding value index:[0], err:[ Infinity] is nan or inf'],
  ]
  test.each(rows)('%s: %.40s', (field, json, message) => {
    const said = refusal(`{"_id":"1","${field}":${json}}`)
    expect(said).toContain(message)
    expect(said.startsWith('param_error:')).toBe(true)
  })

  test('shows the beginning of a long vector of the wrong length, not all of it', () => {
    const values = Array.from({length: 2_000}, () => 0.123456789)
    expect(refusal(`{"_id":"1","v":${JSON.stringify(values)}}`).length).toBeLessThan(500)
  })
})

describe('what is no document', () => {
  test.each([
    ['1', 'number'],
    ['"x"', 'string'],
    ['null', 'null'],
    ['[]', 'array'],
    ['true', 'true'],
  ])('%s', (json, kind) => {
    expect(refusal(json)).toBe(`param_error:data format error, object is required but received ${kind}`)
  })

  test('an empty batch', () => {
    expect(() => parser.parseBatch([])).toThrow('param_error:empty documents, should set at least one document')
  })

  test('one bad document refuses its whole batch', () => {
    expect(() => parser.parseBatch([{_id: 'a'}, {_id: 'b', i: 'x'}])).toThrow('parse string x to integer failed')
  })
})

describe('the id', () => {
  const rows: readonly [json: string, id: string][] = [
    ['"a"', 'a'],
    ['" "', ' '],
    ['1', '1'],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['10086', '10086'],
    ['1e21', '1000000000000000000000'],
    ['1e-7', '0.0000001'],
    ['-1.5e-8', '-0.000000015'],
    ['9007199254740993', '9007199254740993'],
    ['true', 'true'],
    ['false', 'false'],
    ['"\\ud800x"', '\ufffdx'],
    [`"${long(65_535)}"`, long(65_535)],
  ]
  test.each(rows)('%.40s', (json, id) => expect(parse(`{"_id":${json}}`).id).toBe(id))

  test.each([
    ['{"a":1}', 'field[_id] value mismatch, value:[{"a":1}] type:[STRING]'],
    ['["a"]', 'field[_id] value mismatch, value:[["a"]] type:[STRING]'],
    [`"${long(65_536)}"`, 'string field _id length should less than 65535'],
  ])('refused: %.40s', (json, message) => expect(refusal(`{"_id":${json}}`)).toContain(message))

  test.each(['{"v":[1,2,3]}', '{"_id":null,"v":[1,2,3]}', '{"_id":"","v":[1,2,3]}'])('made up for %s', (json) => {
    const ids = Array.from({length: 50}, () => parse(json).id)
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) {
      expect(id).toMatch(/^-?\d+$/)
      expect(BigInt.asIntN(64, BigInt(id))).toBe(BigInt(id))
    }
  })

  test('a document without one needs all its vectors', () => {
    expect(refusal('{"i":1}')).toBe(
      'param_error:vector field num:0 is not equal to vector num of space fields:1 and document_id is empty',
    )
    expect(parse('{"_id":"1","i":1}').vectors).toEqual({})
  })
})

describe('vectors', () => {
  test('are float32', () => {
    expect(parse('{"_id":"1","v":[0.1,1,-2]}').vectors.v).toEqual(Float32Array.of(0.1, 1, -2))
    expect(parse('{"_id":"1","v":[12345678901234567890,0,0]}').vectors.v?.[0]).toBe(Math.fround(1.2345678901234567e19))
  })

  test('are normalised where the field asks for it', () => {
    const {v} = parse('{"_id":"1","v":[3,4]}', unit).vectors
    expect(v?.[0]).toBeCloseTo(0.6, 7)
    expect(v?.[1]).toBeCloseTo(0.8, 7)
    expect(parse('{"_id":"1","v":[3e38,0]}', unit).vectors.v).toEqual(Float32Array.of(1, 0))
  })

  test('that are zero cannot be', () => {
    expect(refusal('{"_id":"1","v":[0,0]}', unit)).toBe(
      'param_error:vector field:[v] can not be normalized, it is zero',
    )
    expect(parse('{"_id":"1","v":[0,0,0]}').vectors.v).toEqual(Float32Array.of(0, 0, 0))
  })
})

test('a parser is compiled once for each state of a space', () => {
  const parsers = new DocumentParsers(systemRandom)
  expect(parsers.of(space)).toBe(parsers.of(space))
  expect(parsers.of({...space})).not.toBe(parsers.of(space))
})
