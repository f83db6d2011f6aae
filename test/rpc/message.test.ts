/** What nodes say to each other comes out as it went in. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {CodedError} from '../../src/errors/coded-error.js'
import {type ErrorName, errorCodes} from '../../src/errors/codes.js'
import {decodeError, decodeRequest, encodeError, encodeRequest} from '../../src/rpc/message.js'
import {property} from '../harness/property.js'

const name = fc.constantFrom(...(Object.keys(errorCodes) as ErrorName[]))
const facts = fc.dictionary(fc.string({maxLength: 5}), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean()), {
  noNullPrototype: true,
  maxKeys: 3,
})
const error = fc
  .tuple(
    name,
    fc.string({unit: 'grapheme'}),
    fc.constantFrom('rejected', 'unknown'),
    fc.option(fc.string()),
    fc.boolean(),
    facts,
  )
  .map(([errorName, detail, outcome, hint, retryable, known]) => {
    return new CodedError(errorName, detail, {outcome, retryable, facts: known, ...(hint === null ? {} : {hint})})
  })

function told({code, detail, outcome, hint, retryable, facts: known, message}: CodedError) {
  return {code, detail, outcome, hint, retryable, facts: known, message}
}

describe('an error', () => {
  property('is the same where it arrives', [error], (thrown) => {
    expect(told(decodeError(encodeError(thrown)))).toEqual(told(thrown))
  })

  property(
    'that cannot be read is an error too, of which the outcome is not known',
    [fc.uint8Array({maxLength: 20})],
    (bytes) => {
      try {
        expect(decodeError(Buffer.from(bytes)).outcome).toBe('unknown')
      } catch (thrown) {
        expect(thrown).toMatchObject({errorName: 'RPC_PARAM_ERROR'})
      }
    },
  )
})

describe('a request', () => {
  const body = fc.dictionary(
    fc.string({maxLength: 5}).filter((key) => key !== '__proto__'),
    fc.oneof(
      fc.string(),
      fc.maxSafeInteger(),
      fc.bigInt({min: 2n ** 53n, max: 2n ** 63n - 1n}),
      fc.array(fc.nat(), {maxLength: 3}),
    ),
    {noNullPrototype: true, maxKeys: 4},
  )

  property('is the same where it arrives', [fc.string(), fc.nat(), body], (method, timeoutMs, content) => {
    expect(decodeRequest(encodeRequest({method, timeoutMs, body: content}))).toEqual({method, timeoutMs, body: content})
  })

  property('that was cut off is refused', [fc.string(), body, fc.nat()], (method, content, cut) => {
    const bytes = encodeRequest({method, timeoutMs: 5, body: content})
    expect(() => decodeRequest(bytes.subarray(0, cut % bytes.length))).toThrow(
      expect.objectContaining({errorName: 'RPC_PARAM_ERROR'}),
    )
  })
})
