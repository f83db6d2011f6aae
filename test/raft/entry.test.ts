import fc from 'fast-check'
import {expect} from 'vitest'
import {entryBytes, withinBytes} from '../../src/raft/entry.js'
import {property} from '../harness/property.js'
import {anyEntry} from '../harness/raft-values.js'

property(
  'what is sent of some entries is as many as fit, and never nothing',
  [fc.array(anyEntry, {maxLength: 8}), fc.nat(400)],
  (entries, bytesMax) => {
    const bytes = (some: typeof entries) => some.reduce((sum, entry) => sum + entryBytes(entry), 0)
    const sent = withinBytes(entries, bytesMax)
    expect(sent).toEqual(entries.slice(0, sent.length))
    if (entries.length > 0) expect(sent.length).toBeGreaterThan(0)
    if (sent.length > 1) expect(bytes([...sent])).toBeLessThanOrEqual(bytesMax)
    if (sent.length < entries.length) expect(bytes(entries.slice(0, sent.length + 1))).toBeGreaterThan(bytesMax)
  },
)
