import {isWell, type PingLine, pingNodes} from '../../src/admin/nodes/ping.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {wordIds} from '../../src/cli/id-words.js'
import {pingView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {integer as number} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'

export default class NodePing extends BaseCommand<typeof NodePing> {
  static override strict = false
  static override summary = 'Ask each port of partition servers for an answer.'
  static override description =
    'RPC, raft heartbeat and raft replication by themselves: a server that answers on one and not on another explains many a lost leader. Exit code 8 if any does not. Servers of our kind only.'
  static override examples = [
    '<%= config.bin %> node ping',
    '<%= config.bin %> node ping 3 4 --count 10 --node-timeout 500ms',
  ]
  static override args = {id: integer({description: 'servers; all that are registered if absent', min: 1})}

  static override flags = {
    count: number({
      description: 'how often; RTT is then the least, the mean and the most',
      min: 1,
      max: 100,
      default: 1,
    }),
  }

  async run(): Promise<Result<PingLine>> {
    const rows = await pingNodes(this.session, wordIds(this.argvWords), this.flags.count)
    return {rows, source: null, warnings: [], view: pingView, exit: rows.every(isWell) ? 'ok' : 'partial'}
  }
}
