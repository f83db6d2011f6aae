import {type CachedSpace, routerCache} from '../../src/admin/nodes/router-cache.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {string} from '../../src/cli/parameters/args.js'
import {routerCacheView} from '../../src/cli/router-cache-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class RouterCache extends BaseCommand<typeof RouterCache> {
  static override summary = 'Show what routers have in memory of a space.'
  static override description =
    'Of every router that --router names. SAME: as the first of them has it. Nothing needs flushing: a router follows the metadata by a watch.'
  static override aliases = ['router:cache:show']
  static override examples = ['<%= config.bin %> router cache web/images --router 10.0.0.8:9001,10.0.0.9:9001']
  static override args = {space: string({description: 'db/space', required: true})}

  async run(): Promise<Result<CachedSpace>> {
    const [, db, space] = /^([^/]+)\/([^/]+)$/.exec(this.args.space) ?? []
    if (db === undefined || space === undefined) {
      throw new CodedError('USAGE', `${this.args.space} is no space`, {hint: 'name it as db/space'})
    }
    return shown(await routerCache(this.session, db, space), routerCacheView)
  }
}
