import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {FrameParser, frameHeaderBytes, writeFrameHeader} from '../../../src/env/net/frame.js'
import {property} from '../../harness/property.js'

const frame = fc.record({
  id: fc.nat(0xffffffff),
  kind: fc.constantFrom(1, 2, 3, 4, 5, 6),
  payload: fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.from(bytes)),
})

function encode({id, kind, payload}: {id: number; kind: 1 | 2 | 3 | 4 | 5 | 6; payload: Buffer}): Buffer {
  const header = Buffer.alloc(frameHeaderBytes)
  writeFrameHeader(header, 0, id, kind, payload.length)
  return Buffer.concat([header, payload])
}

describe('the frame parser', () => {
  const cuts = fc.array(fc.integer({min: 1, max: 40}), {minLength: 1})
  property(
    'finds the frames of a stream however it is cut',
    [fc.array(frame, {maxLength: 6}), cuts],
    (frames, lengths) => {
      const stream = Buffer.concat(frames.map(encode))
      const parser = new FrameParser()
      const found: unknown[] = []
      for (let at = 0, cut = 0; at < stream.length; cut++) {
        const length = lengths[cut % lengths.length] ?? 1
        parser.push(stream.subarray(at, at + length), (each) => found.push(each))
        at += length
      }
      expect(found).toEqual(frames)
    },
  )

  it.each([
    {why: 'shorter than its own head', length: 4},
    {why: 'longer than allowed', length: 61},
  ])('refuses a frame that is $why, whole or byte by byte', ({length}) => {
    const start = Buffer.alloc(4)
    start.writeUInt32LE(length)
    expect(() => new FrameParser(64).push(start, () => {})).toThrow('no frame')
    const bytewise = new FrameParser(64)
    expect(() => {
      for (const byte of start) bytewise.push(Buffer.from([byte]), () => {})
    }).toThrow('no frame')
  })

  it('takes a frame of just the allowed length', () => {
    const found: unknown[] = []
    const payload = Buffer.alloc(64 - frameHeaderBytes)
    new FrameParser(64).push(encode({id: 1, kind: 2, payload}), (each) => found.push(each))
    expect(found).toHaveLength(1)
  })
})
