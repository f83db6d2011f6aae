import {profileNode, profilePlan} from '../../src/admin/nodes/operate-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {duration} from '../../src/cli/duration-flag.js'
import {profileView} from '../../src/cli/node-card-view.js'
import {integer} from '../../src/cli/parameters/args.js'
import {shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'
import {CodedError} from '../../src/errors/coded-error.js'

const profileMsMax = 60_000
const timeoutMs = 90_000

export default class NodeProfile extends BaseCommand<typeof NodeProfile> {
  protected override readonly timeoutMs = timeoutMs
  static override summary = 'Sample what a partition server spends its time or its memory on, while it works.'
  static override description =
    'The profile is written beside the log on the server’s machine, in the form that Chrome and editors open; what is printed is its name. Memory is sampled as it is allocated and lives on: a whole heap snapshot would stop the server for longer than its lease. Servers of our kind only.'
  static override examples = [
    '<%= config.bin %> node profile 3 --cpu 10s',
    '<%= config.bin %> node profile 3 --heap 30s',
  ]
  static override args = {id: integer({description: 'the server', required: true, min: 1})}
  static override flags = {
    cpu: duration({description: 'sample the processor’s time for so long, at most 1m', exclusive: ['heap']}),
    heap: duration({description: 'sample what is allocated for so long, at most 1m'}),
  }

  async run() {
    const {cpu, heap} = this.flags
    const ms = cpu ?? heap
    if (ms === undefined || ms > profileMsMax) {
      throw new CodedError('USAGE', 'it is not said what to sample, or for too long', {hint: '--cpu 10s or --heap 10s'})
    }
    const request = {id: nodeId(this.args.id), kind: cpu === undefined ? 'heap' : 'cpu', ms} as const
    return this.carryOut(profilePlan(request), async (writer) => {
      const row = await profileNode(this.session, writer, request)
      return shown({rows: [row], source: null, warnings: []}, profileView)
    })
  }
}
