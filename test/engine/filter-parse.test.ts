import {describe, expect, test} from 'vitest'
import {type ClientFilter, parseFilter} from '../../src/engine/filter/parse.js'
import {parseJson} from '../../src/entity/json.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {indexed, spaceOf, vectorField} from './spaces.js'

const space = spaceOf(
  [
    indexed('i', 'integer'),
    indexed('l', 'long', 'SCALAR'),
    indexed('f', 'float'),
    indexed('d', 'double', 'BITMAP'),
    indexed('t', 'date'),
    indexed('s', 'string', 'BITMAP'),
    indexed('tags', 'string_array'),
    {name: 'plain', type: 'integer'},
    {name: 'plainText', type: 'string'},
    {name: 'top', type: 'integer'},
    {name: 'left', type: 'integer'},
    {name: 'right', type: 'string'},
    vectorField(4),
  ],
  [
    {name: 'by_top', type: 'INVERTED', field_name: 'top'},
    {name: 'both', type: 'COMPOSITE', field_names: ['left', 'right']},
  ],
)

function filterOf(field: string, operator: string, json: string): ClientFilter {
  return {operator: 'AND', conditions: [{field, operator, value: json === '' ? undefined : parseJson(json)}]}
}

function refusal(filter: ClientFilter): {code: number; message: string} {
  try {
    parseFilter(filter, space)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CodedError)
    const {code, message} = thrown as CodedError
    return {code, message}
  }
  throw new Error('accepted')
}

const day = BigInt(Date.parse('2024-04-01')) * 1_000_000n

describe('a condition that is accepted', () => {
  const rows: readonly [field: string, operator: string, json: string, as: string, value: unknown][] = [
    ['i', '<', '1', '<', 1],
    ['i', '<=', '1', '<=', 1],
    ['i', '>', '-1', '>', -1],
    ['i', '>=', '2147483647', '>=', 2_147_483_647],
    ['i', '=', '0', '=', 0],
    ['i', '!=', '5', '!=', 5],
    ['i', '<>', '5', '!=', 5],
    ['l', '=', '5', '=', 5n],
    ['l', '>', '9007199254740993', '>', 9_007_199_254_740_993n],
    ['l', '<', '-9223372036854775808', '<', -(2n ** 63n)],
    ['f', '>=', '0.1', '>=', Math.fround(0.1)],
    ['f', '=', '1', '=', 1],
    ['d', '>=', '0.1', '>=', 0.1],
    ['d', '!=', '9007199254740993', '!=', 9007199254740992],
    ['t', '<', '1711929600', '<', day],
    ['t', '>=', '"2024-04-01"', '>=', day],
    ['t', '=', '"2024-04-01T08:00:00+08:00"', '=', day],
    ['s', 'IN', '["a","b"]', 'IN', ['a', 'b']],
    ['s', 'IN', '["\\" OR 1=1 --"]', 'IN', ['" OR 1=1 --']],
    ['s', 'IN', '[""]', 'IN', ['']],
    ['s', 'IN', '[]', 'IN', []],
    ['s', 'NOT IN', '["a"]', 'NOT IN', ['a']],
    ['tags', 'IN', '["a"]', 'IN', ['a']],
    ['tags', 'NOT IN', '["a","b"]', 'NOT IN', ['a', 'b']],
    ['top', '=', '1', '=', 1],
    ['left', '=', '1', '=', 1],
    ['right', 'IN', '["x"]', 'IN', ['x']],
  ]
  test.each(rows)('%s %s %s', (field, operator, json, as, value) => {
    expect(parseFilter(filterOf(field, operator, json), space)).toEqual({
      operator: 'AND',
      conditions: [{field, operator: as, value}],
    })
  })
})

describe('a condition that is refused', () => {
  const range = (text: string) => `param_error:parseRange err param_error:${text}`
  const term = (text: string) => `param_error:parseTerm err param_error:${text}`
  const rows: readonly [field: string, operator: string, json: string, code: number, message: string][] = [
    ['i', '', '1', 301, 'filter_condition_operator_type_err:unsupported operator: '],
    ['i', '==', '1', 301, 'filter_condition_operator_type_err:unsupported operator: =='],
    ['i', 'LIKE', '1', 301, 'filter_condition_operator_type_err:unsupported operator: LIKE'],
    ['s', 'in', '["a"]', 301, 'filter_condition_operator_type_err:unsupported operator: in'],
    ['nothing', 'EXISTS', '1', 301, 'filter_condition_operator_type_err:unsupported operator: EXISTS'],
    ['i', '=', '1.5', 6, range('INT 1.5 Unmarshal err it is not an integer')],
    ['i', '=', '2147483648', 6, range('INT 2147483648 Unmarshal err it does not fit 32 bits')],
    ['i', '=', '"1"', 6, range('INT "1" Unmarshal err it is not an integer')],
    ['i', '=', 'null', 6, range('INT null Unmarshal err it is not an integer')],
    ['i', '=', '', 6, 'param_error:parseRange err param_error:INT'],
    ['i', '=', '[1]', 6, range('INT [1] Unmarshal err it is not an integer')],
    ['i', '=', '{}', 6, range('INT {} Unmarshal err it is not an integer')],
    ['i', '=', 'true', 6, range('INT true Unmarshal err it is not an integer')],
    ['l', '>', '0.5', 6, range('LONG 0.5 Unmarshal err it is not an integer')],
    ['l', '>', '9223372036854775808', 6, range('LONG 9223372036854775808 Unmarshal err it does not fit 64 bits')],
    ['l', '>', '"5"', 6, range('LONG "5" Unmarshal err it is not an integer')],
    ['f', '>', '"0.5"', 6, range('FLOAT "0.5" Unmarshal err it is not a number')],
    ['f', '>', '1e39', 6, range('FLOAT 1e+39 Unmarshal err it does not fit a 32-bit float')],
    ['f', '>', '"NaN"', 6, range('FLOAT "NaN" Unmarshal err it is not a number')],
    ['d', '>', '1e999', 6, 'param_error:parseRange err param_error:FLOAT64 null Unmarshal err it is not finite'],
    ['d', '>', '[]', 6, range('FLOAT64 [] Unmarshal err it is not a number')],
    ['t', '>', '"soon"', 6, range('date "soon" Unmarshal err unable to parse date: soon')],
    ['t', '>', '1.5', 6, range('date 1.5 Unmarshal err it is not an integer')],
    ['t', '>', '"9999-01-01"', 6, range('date "9999-01-01" Unmarshal err it does not fit 64 bits')],
    ['t', '>', 'null', 6, range('date null Unmarshal err it is not an integer')],
    ['s', '=', '"a"', 6, range('field:[s] type is STRING and operator = is not supported now')],
    ['s', '>', '"a"', 6, range('field:[s] type is STRING and operator > is not supported now')],
    ['tags', '!=', '"a"', 6, range('field:[tags] type is STRINGARRAY and operator != is not supported now')],
    ['feature', '>', '1', 6, range('field:[feature] type is VECTOR and operator > is not supported now')],
    ['i', 'IN', '["1"]', 6, term('field:[i] type is INT and operator IN is not supported now')],
    ['d', 'NOT IN', '["1"]', 6, term('field:[d] type is DOUBLE and operator NOT IN is not supported now')],
    ['feature', 'IN', '["1"]', 6, term('field:[feature] type is VECTOR and operator IN is not supported now')],
    ['nothing', '=', '1', 6, range('field:[nothing] not found in space fields')],
    ['_id', '=', '1', 6, range('field:[_id] not found in space fields')],
    ['_id', 'IN', '["1"]', 6, term('field:[_id] not found in space fields')],
    ['__proto__', '=', '1', 6, range('field:[__proto__] not found in space fields')],
    ['constructor', 'IN', '["1"]', 6, term('field:[constructor] not found in space fields')],
    ['', '=', '1', 6, range('field:[] not found in space fields')],
    ['plain', '=', '1', 6, range('field:[plain] not set index')],
    ['plainText', 'IN', '["1"]', 6, term('field:[plainText] not set index, please check space')],
    ['s', 'IN', '"a"', 6, 'param_error:json: cannot unmarshal string into Go value of type []string'],
    ['s', 'IN', '1', 6, 'param_error:json: cannot unmarshal number into Go value of type []string'],
    ['s', 'IN', '12345678901234567890', 6, 'param_error:json: cannot unmarshal number into Go value of type []string'],
    ['s', 'IN', 'null', 6, 'param_error:json: cannot unmarshal null into Go value of type []string'],
    ['s', 'IN', '{}', 6, 'param_error:json: cannot unmarshal object into Go value of type []string'],
    ['s', 'NOT IN', 'true', 6, 'param_error:json: cannot unmarshal bool into Go value of type []string'],
    ['s', 'IN', '["a",1]', 6, 'param_error:json: cannot unmarshal number into Go value of type string'],
    ['s', 'IN', '[null]', 6, 'param_error:json: cannot unmarshal null into Go value of type string'],
    ['s', 'IN', '[["a"]]', 6, 'param_error:json: cannot unmarshal array into Go value of type string'],
    ['s', 'IN', '', 6, 'param_error:json: cannot unmarshal nothing into Go value of type []string'],
  ]
  test.each(rows)('%s %s %s', (field, operator, json, code, message) => {
    const said = refusal(filterOf(field, operator, json))
    expect(said.code).toBe(code)
    if (json === '' && code === 6) expect(said.message).toContain(message)
    else expect(said.message).toBe(message)
  })
})

describe('the whole', () => {
  test.each(['', 'NOT', 'and', 'XOR'])('operator "%s" is none', (operator) => {
    expect(refusal({operator, conditions: []})).toEqual({code: 300, message: 'filter_operator_type_err'})
  })

  test('without conditions is no filter', () => {
    expect(parseFilter({operator: 'AND', conditions: []}, space)).toBeNull()
  })

  test('range conditions come first, in their order; both operators are kept', () => {
    const filter = parseFilter(
      {
        operator: 'OR',
        conditions: [
          {field: 's', operator: 'IN', value: ['a']},
          {field: 'i', operator: '>', value: 1},
          {field: 'i', operator: '<', value: 0},
        ],
      },
      space,
    )
    expect(filter?.operator).toBe('OR')
    expect(filter?.conditions.map(({operator}) => operator)).toEqual(['>', '<', 'IN'])
  })

  test('an operator that is wrong anywhere is found before a value that is wrong earlier', () => {
    const conditions = [
      {field: 'i', operator: '=', value: 'x'},
      {field: 'i', operator: '~', value: 1},
    ]
    expect(refusal({operator: 'AND', conditions}).code).toBe(301)
  })
})
