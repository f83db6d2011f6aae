import {boolean} from '@oclif/core/flags'
import type {RegisteredNode} from '../../src/admin/register-node.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {confirm} from '../../src/cli/confirm.js'
import {registeredView} from '../../src/cli/node-view.js'
import {say} from '../../src/cli/output.js'

export default class NodeRegister extends BaseCommand<typeof NodeRegister> {
  static override summary = 'Register this partition server with the masters, without starting it.'
  static override description =
    'Takes a node id if the data directory has none, and shows the address and the partitions that the masters answer with; or why they refuse.'
  static override hiddenAliases = ['nodes:register']
  static override examples = [
    '<%= config.bin %> node register --conf config.toml',
    '<%= config.bin %> node register --conf config.toml --yes --json',
  ]
  static override flags = {yes: boolean({char: 'y', description: 'do not ask before taking a node id'})}

  async run(): Promise<readonly RegisteredNode[]> {
    const {registerNode} = await import('../../src/admin/register-node.js')
    const registered = await registerNode(this.session, {
      approve: (plan) => confirm(plan, this.flags),
      onRetry: (reason) => say(`retrying: ${reason}`),
    })
    return this.render(registered, registeredView)
  }
}
