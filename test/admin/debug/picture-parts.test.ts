/** A picture taken apart for a capture comes together again as the bundle that was made of it would have it. */
import {expect, test} from 'vitest'
import {bundled} from '../../../src/admin/debug/bundled.js'
import {bundledIn, partsOf} from '../../../src/admin/debug/capture/picture-parts.js'
import {secretsHidden} from '../../../src/admin/debug/redaction.js'
import {parseJson, stringifyJson} from '../../../src/entity/json.js'
import {keyValuesIn} from '../../../src/meta/offline/meta-backup.js'
import {Differences, lastMoment, type Sample} from '../../../src/meta/offline/samples.js'
import {ClusterFixture} from '../cluster-fixture.js'

const plain = (value: unknown) => parseJson(stringifyJson(value))

test('of looks that differ in one server, one partition and one key, the last one is whole', () => {
  const cluster = new ClusterFixture()
  // the fixture counts them anew each time
  const kvs = () => cluster.kvs().map((kv) => ({...kv, createRevision: 1, modRevision: 1}))
  const differences = new Differences()
  const look = (second: number): Sample => {
    const picture = {...cluster.picture(), takenAtMs: Date.parse(`2026-08-01T12:00:0${second}Z`)}
    const at = new Date(picture.takenAtMs).toISOString()
    const sample = {
      at,
      revision: picture.metadata.revision,
      ...differences.next(partsOf(picture, kvs(), secretsHidden)),
    }
    const moment = lastMoment([...samples, plain(sample) as Sample])
    expect(plain(moment && bundledIn(moment))).toEqual(plain(bundled(picture)))
    expect([...keyValuesIn(moment?.parts ?? new Map())].map(([key]) => key)).toEqual(
      kvs()
        .map(({key}) => key)
        .toSorted(),
    )
    samples.push(plain(sample) as Sample)
    return sample
  }
  const samples: Sample[] = []
  look(0)
  cluster.tell(2, 1, {doc_num: 7})
  cluster.silence(3, 'late')
  cluster.records.delete('/vearch/alias/pictures')
  const {put, gone} = look(1)
  expect(Object.keys(put).toSorted()).toEqual(['node 3', 'partition 2 1'])
  expect(gone.toSorted()).toEqual(['/vearch/alias/pictures', 'partition 3 1', 'partition 3 2', 'stats 3'])
  look(2)
})
