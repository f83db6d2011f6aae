import {type MetaBranch, metaTree} from '../../src/admin/meta/meta-tree.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {treeView} from '../../src/cli/meta-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {integer} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaTree extends BaseCommand<typeof MetaTree> {
  static override summary = 'Show the keys as a tree, with how many keys and bytes each branch has.'
  static override examples = [
    '<%= config.bin %> meta tree',
    '<%= config.bin %> meta tree space --depth 2',
    '<%= config.bin %> meta tree --depth 1 --sort bytes:desc',
  ]
  static override args = {
    prefix: string({description: 'below this key; one that does not begin with / is within the cluster', default: ''}),
  }
  static override flags = {
    depth: integer({description: 'levels to show', min: 0, max: 16, default: 2, helpValue: 'N'}),
  }

  async run(): Promise<Result<MetaBranch>> {
    const {prefix = ''} = this.args
    return shown(await metaTree(await this.session.reading(), {prefix, depth: this.flags.depth}), treeView)
  }
}
