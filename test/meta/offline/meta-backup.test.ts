/** A backup gives back what was backed up, or says that it is not whole. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {Keys} from '../../../src/meta/keys.js'
import {backupLines, readMetaBackup} from '../../../src/meta/offline/meta-backup.js'
import {ContentReading, type MetaContent} from '../../../src/meta/reading.js'
import {type KeyValue, leaseId} from '../../../src/meta/store.js'
import {property} from '../../harness/property.js'

const revision = fc.maxSafeNat()
const kv: fc.Arbitrary<KeyValue> = fc.record({
  key: fc.string({unit: 'grapheme', maxLength: 8}).map((name) => `/c/${name}`),
  value: fc.oneof(
    fc.string({unit: 'grapheme'}).map((text) => Buffer.from(text)),
    fc.uint8Array({maxLength: 20}).map((bytes) => Buffer.from(bytes)),
  ),
  createRevision: revision,
  modRevision: revision,
  version: revision,
  lease: fc.option(fc.bigInt({min: 1n, max: 2n ** 63n - 1n}).map((id) => leaseId(String(id)))),
})
const content: fc.Arbitrary<MetaContent> = fc
  .tuple(revision, fc.array(kv, {maxLength: 4}))
  .map(([at, kvs]) => ({revision: at, kvs: new Map(kvs.map((each) => [each.key, each]))}))

async function backupOf(meta: MetaContent): Promise<Buffer> {
  const lines: string[] = []
  for await (const line of backupLines(new ContentReading(new Keys('c'), 'here', meta), 'now')) lines.push(line)
  return Buffer.from(lines.join(''))
}

describe('a backup', () => {
  property('gives back every key as it was', [content], async (meta) => {
    expect(readMetaBackup(await backupOf(meta))).toEqual(meta)
  })

  property('with any bit turned is not whole', [content, fc.nat()], async (meta, place) => {
    const bytes = await backupOf(meta)
    const bit = place % (bytes.length * 8)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => readMetaBackup(bytes)).toThrow(expect.objectContaining({errorName: 'DATA_CORRUPT'}))
  })

  property('that was cut off anywhere is not whole', [content, fc.nat()], async (meta, cut) => {
    const bytes = await backupOf(meta)
    // without its last newline it has everything
    expect(() => readMetaBackup(bytes.subarray(0, cut % (bytes.length - 1)))).toThrow(
      expect.objectContaining({errorName: 'DATA_CORRUPT'}),
    )
  })
})
