import type {GuardedWriter} from '../../src/admin/changes/guarded-writer.js'
import type {RegisteredNode} from '../../src/admin/nodes/register-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {registeredView} from '../../src/cli/node-view.js'
import {say} from '../../src/cli/output.js'
import {string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class NodeRegister extends BaseCommand<typeof NodeRegister> {
  static override summary = 'Register this partition server with the masters, without starting it.'
  static override description =
    'Takes a node id if the data directory has none, and shows the address and the partitions that the masters answer with; or why they refuse.'
  static override examples = [
    '<%= config.bin %> node register --conf config.toml',
    '<%= config.bin %> node register --conf config.toml --yes --json',
  ]
  static override flags = {
    'data-dir': string({description: 'its data directory; the configuration’s first if absent', helpValue: 'DIR'}),
  }

  async run(): Promise<Result<unknown>> {
    const {registerNode, registrationPlan} = await import('../../src/admin/nodes/register-node.js')
    const onRetry = (reason: string) => say(`retrying: ${reason}`)
    const directory = this.flags['data-dir'] ?? (await this.session.config()).global.data[0] ?? '.'
    const plan = await registrationPlan(this.session, directory)
    const register = async (writer: GuardedWriter | null) =>
      shown<RegisteredNode>(await registerNode(this.session, {directory, writer, onRetry}), registeredView)
    return plan === null ? register(null) : this.carryOut(plan, register)
  }
}
