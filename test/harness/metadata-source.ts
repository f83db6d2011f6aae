/** A store's metadata, as a picture of a cluster reads it. */
import type {MetadataSource} from '../../src/admin/picture/gather.js'
import type {Keys} from '../../src/meta/keys.js'
import type {MetaStore} from '../../src/meta/store.js'

export function metadataSource(store: MetaStore, keys: Keys, place = 'etcd'): MetadataSource {
  let revision = 0
  return {
    keys,
    place,
    get revision() {
      return revision
    },
    async *scan(prefix) {
      for await (const page of store.pages(prefix)) {
        revision = page.revision
        yield* page.kvs
      }
    },
  }
}
