import {assignments, setSpaceConfig} from '../../../src/admin/entities/requests.js'
import {spaceNamed} from '../../../src/admin/entities/space-row.js'
import {string} from '../../../src/cli/parameters/args.js'
import {RequestCommand} from '../../../src/cli/request-command.js'
import type {Result} from '../../../src/cli/view.js'

export default class SpaceConfigSet extends RequestCommand<typeof SpaceConfigSet> {
  static override strict = false
  static override summary = 'Change engine settings of a space; the others stay.'
  static override description = 'Known: engine_cache_size, path, slow_search_time, refresh_interval, enable_id_cache.'
  static override examples = [
    '<%= config.bin %> space config set web/images refresh_interval=1000 enable_id_cache=true',
  ]
  static override args = {
    space: string({description: 'DB/SPACE', required: true}),
    value: string({description: 'KEY=VALUE, any number of them', required: true}),
  }

  async run(): Promise<Result<unknown>> {
    const [, ...values] = this.argvWords
    return this.ask(setSpaceConfig(spaceNamed(this.args.space), assignments(values)))
  }
}
