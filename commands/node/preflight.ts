import {type PreflightLine, preflight} from '../../src/admin/nodes/preflight.js'
import {look} from '../../src/admin/picture/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {preflightView} from '../../src/cli/node-card-view.js'
import {string} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'

export default class NodePreflight extends BaseCommand<typeof NodePreflight> {
  static override summary = 'Say what would happen if the partition server of this machine started now.'
  static override description =
    'Reads its data directories and changes nothing: whether it would be accepted, and which partitions a start would wipe. Exit code 6 if it would not start, 11 if it would destroy something.'
  static override examples = [
    '<%= config.bin %> node preflight --conf ps3.toml',
    '<%= config.bin %> node preflight --data-dir /export/vearch/datas',
  ]
  static override flags = {
    'data-dir': string({
      description: 'its data directories; the configuration’s if absent',
      multiple: true,
      helpValue: 'DIR',
    }),
  }

  async run(): Promise<Result<PreflightLine>> {
    const directories = this.flags['data-dir'] ?? (await this.session.config()).global.data
    const rows = preflight(await look(this.session, {dataDirectories: [directories]}))
    const has = (verdict: PreflightLine['verdict']) => rows.some((row) => row.verdict === verdict)
    const exit = has('harm') ? 'critical' : has('refused') ? 'guardFailed' : 'ok'
    return {rows, source: null, warnings: [], view: preflightView, exit}
  }
}
