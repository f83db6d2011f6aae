import {type StoreFacts, storeFacts} from '../../../src/admin/masters/store-facts.js'
import {look} from '../../../src/admin/picture/look.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {storeView} from '../../../src/cli/process-view.js'
import type {Result} from '../../../src/cli/view.js'

export default class MasterEtcd extends BaseCommand<typeof MasterEtcd> {
  static override summary = 'Show the store of the metadata: version, size, revision, alarms.'
  static override description =
    'BYTES is the file with its history, CONTENT what is in force: far apart, master etcd compact and defrag give the difference back. master etcd status asks each endpoint by itself.'
  static override examples = ['<%= config.bin %> master etcd']

  async run(): Promise<Result<StoreFacts>> {
    const facts = storeFacts(await look(this.session))
    const exit = facts.errors.length > 0 ? 'degraded' : 'ok'
    return {rows: [facts], source: null, warnings: [], view: storeView, exit}
  }
}
