import {type Schema, schemas} from '../../src/admin/meta/known-fields.js'
import type {Fault} from '../../src/admin/meta/validation.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {faultView} from '../../src/cli/fault-view.js'
import {string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaValidate extends BaseCommand<typeof MetaValidate> {
  static override summary = 'Check that every record is what its key promises, and refers to what is there.'
  static override description =
    'Asks nothing but the metadata: a cluster, an old revision, a snapshot. Fields and keys that nobody reads are notes; with --schema v3.5 also what our masters add to what a Vearch of that release knows. Exit code 0: nothing worse than notes; 10: warnings; 11: critical. The doctor looks at servers and disks too.'
  static override examples = [
    '<%= config.bin %> meta validate',
    '<%= config.bin %> meta validate --snapshot etcd.db -o wide',
    '<%= config.bin %> meta validate --schema v3.5',
  ]
  static override flags = {
    schema: string({description: 'whose fields are known', options: [...schemas], default: 'vearchctl'}),
  }

  async run(): Promise<Result<Fault>> {
    const schema: Schema = schemas.find((name) => name === this.flags.schema) ?? 'vearchctl'
    const {validateMeta} = await import('../../src/admin/meta/validation.js')
    return shown(await validateMeta(await this.session.reading(), schema), faultView)
  }
}
