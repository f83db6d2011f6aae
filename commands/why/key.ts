import {wholeKey} from '../../src/admin/meta/show-meta.js'
import {look} from '../../src/admin/picture/look.js'
import type {Cause} from '../../src/admin/why/cause.js'
import {whyKey} from '../../src/admin/why/why-key.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {causeResult} from '../../src/cli/cause-view.js'
import {string} from '../../src/cli/parameters/args.js'
import type {Result} from '../../src/cli/view.js'

export default class WhyKey extends BaseCommand<typeof WhyKey> {
  static override summary = 'Say what a key of the metadata is for, who writes it, and whether it is as it should be.'
  static override examples = ['<%= config.bin %> why key partition/3', '<%= config.bin %> why key /vearch/server/4']
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
  }

  async run(): Promise<Result<Cause>> {
    const picture = await look(this.session)
    return causeResult(
      whyKey(picture, wholeKey(picture.metadata.keys, this.args.key)),
      await this.catalogue(),
      picture.metadata.place,
    )
  }
}
