/** etcd's wire format, by what goes in and comes out, and by what is no message at all. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {encodeMessage, keyValueIn, Message, MessageFault} from '../../src/meta/protobuf.js'
import {property} from '../harness/property.js'

const int64 = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
const bytes = fc.uint8Array({maxLength: 300}).map((each) => Buffer.from(each))

describe('a message', () => {
  property(
    'has the fields that it was made of, in whatever order',
    [int64, int64, bytes, fc.array(bytes, {maxLength: 3}), fc.boolean()],
    (a, b, one, many, turned) => {
      const fields = [[1, a], [300, b], [2, one], ...many.map((each) => [3, each] as const)] as const
      const message = new Message(encodeMessage(turned ? [...fields].reverse() : fields))
      expect([message.long(1), message.long(300)]).toEqual([a, b])
      expect(message.number(1)).toBe(Number(a))
      expect(message.bytes(2).equals(one)).toBe(true)
      const kept = (turned ? [...many].reverse() : many).filter(({length}) => length > 0)
      expect(message.repeated(3).map((each) => each.toString('hex'))).toEqual(kept.map((each) => each.toString('hex')))
    },
  )

  property(
    'that was cut off or damaged is read or refused, and nothing else',
    [int64, bytes, fc.nat(), fc.nat(255), fc.boolean()],
    (number, text, at, byte, isCut) => {
      const whole = encodeMessage([
        [1, text],
        [2, number],
        [5, text],
      ])
      const place = at % Math.max(1, whole.length)
      const broken = isCut ? whole.subarray(0, place) : Buffer.from(whole)
      if (!isCut && broken.length > 0) broken[place] = byte
      try {
        expect(keyValueIn(broken).value.length).toBeLessThanOrEqual(broken.length)
        const read = new Message(broken)
        const again = [
          [1, read.bytes(1)],
          [2, read.long(2)],
          [5, read.bytes(5)],
        ] as const
        // between two fields a message may end
        if (isCut) expect(encodeMessage(again).equals(broken)).toBe(true)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MessageFault)
      }
    },
  )
})
