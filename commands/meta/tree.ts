import {type MetaBranch, metaTree} from '../../src/admin/meta/meta-tree.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {treeView} from '../../src/cli/meta-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, integer} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaTree extends BaseCommand<typeof MetaTree> {
  static override summary = 'Show the keys as a tree, with how many keys and bytes each branch has.'
  static override examples = [
    '<%= config.bin %> meta tree',
    '<%= config.bin %> meta tree space --depth 2',
    '<%= config.bin %> meta tree --depth 3 --top 5',
  ]
  static override args = {
    prefix: string({description: 'below this key; one that does not begin with / is within the cluster', default: ''}),
  }
  static override flags = {
    depth: integer({description: 'levels to show', min: 0, max: 16, default: 2, helpValue: 'N'}),
    sizes: boolean({description: 'the largest branches first'}),
    top: integer({description: 'of each branch only the N largest, and the others as one', min: 1, helpValue: 'N'}),
  }

  async run(): Promise<Result<MetaBranch>> {
    const {depth, sizes, top = null} = this.flags
    const options = {prefix: this.args.prefix ?? '', depth, top, isBySize: sizes || top !== null}
    return shown(await metaTree(await this.session.reading(), options), treeView)
  }
}
