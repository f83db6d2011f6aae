import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {readDocumentId} from '../../src/router/document-id.js'
import {property} from '../harness/property.js'

describe('the id of a document', () => {
  property(
    'that is a number has all its digits, and no exponent',
    [fc.double({noNaN: true, noDefaultInfinity: true})],
    (value) => {
      const id = readDocumentId(value) ?? ''
      expect(id).toMatch(/^-?\d+(\.\d+)?$/)
      expect(Number(id)).toBe(value === 0 ? 0 : value)
    },
  )

  /** Any UTF-16, halves of characters included. */
  const text = fc.array(fc.nat(0xffff), {minLength: 1, maxLength: 8}).map((units) => String.fromCharCode(...units))

  property('that is a text is what its bytes are read as, everywhere', [text], (written) => {
    const id = readDocumentId(written) ?? ''
    expect(id).toBe(Buffer.from(written).toString())
    expect(readDocumentId(id)).toBe(id)
  })
})
