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

  property(
    'that is a text is what its bytes are read as, everywhere',
    [fc.string({unit: 'binary', minLength: 1})],
    (text) => {
      const halved = text.slice(0, -1) + text.slice(-1).normalize()
      const id = readDocumentId(`${halved}\ud800`.slice(0, 5)) ?? ''
      expect(Buffer.from(id).toString()).toBe(id)
      expect(readDocumentId(id)).toBe(id)
    },
  )
})
