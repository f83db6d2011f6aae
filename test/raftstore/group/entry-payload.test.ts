/** Entries as the log keeps them. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {decodeEntry, encodeEntry} from '../../../src/raftstore/group/entry-payload.js'
import {property} from '../../harness/property.js'
import {anyEntry, anyMembership} from '../../harness/raft-values.js'

describe('an entry', () => {
  property('comes back from the log as it went in', [anyEntry], (entry) => {
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
  })

  property(
    'that is damaged is corrupt, or another entry at its place',
    [anyMembership, fc.nat(), fc.nat(255)],
    (membership, at, byte) => {
      const logged = encodeEntry({kind: 'membership', index: 7, term: 2, membership})
      const payload = Uint8Array.from(logged.payload)
      payload[at % payload.length] = byte
      try {
        const {index, term, kind} = decodeEntry({...logged, payload})
        expect({index, term}).toEqual({index: 7, term: 2})
        expect(kind).toBe(payload[0] === 0 ? 'membership' : 'command')
      } catch (thrown) {
        expect(thrown).toMatchObject({errorName: 'DATA_CORRUPT'})
      }
    },
  )
})
