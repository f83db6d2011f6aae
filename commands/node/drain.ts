import {planDrain} from '../../src/admin/plan/node-plans.js'
import {integer} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {deadlineFlag, PlanCommand} from '../../src/cli/plan-command.js'
import {nodeId} from '../../src/entity/ids.js'

export default class NodeDrain extends PlanCommand<typeof NodeDrain> {
  static override summary = 'Move all replicas off a server that lives on, or only leadership.'
  static override description =
    'What cannot be moved is named with its reason, and the rest is moved all the same: exit code 8. What a move waits for is told while it does. A move that is under way at the --deadline is left to the masters; vearchctl plan resume goes on with the rest. Cordon the server first, or placement may fill it again.'
  static override examples = [
    '<%= config.bin %> node drain 4 --dry-run',
    '<%= config.bin %> node drain 4 --leaders-only',
    '<%= config.bin %> node drain 4 --deadline 30m',
    '<%= config.bin %> node drain 4 --detach --timeout 2h',
  ]
  static override args = {id: integer({description: 'the server', required: true, min: 1})}
  static override flags = {
    'leaders-only': boolean({description: 'only leadership; the replicas stay'}),
    deadline: deadlineFlag,
    detach: boolean({description: 'leave it to a process in the background; vearchctl plan show tells how far it is'}),
  }

  run() {
    const {'leaders-only': leadersOnly, detach: isDetached, deadline: deadlineMs = null} = this.flags
    return this.propose((picture) => planDrain(picture, nodeId(this.args.id), {leadersOnly, force: this.forced}), {
      isDetached,
      deadlineMs,
    })
  }
}
