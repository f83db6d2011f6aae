import type {AskedNode} from '../../src/admin/nodes/list-asked-nodes.js'
import {listNodes, type NodeRow, nodeRoles, nodeStates} from '../../src/admin/nodes/list-nodes.js'
import {askedStates} from '../../src/admin/nodes/node-states.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import type {OutputFormat} from '../../src/cli/global-flags.js'
import {nodeView} from '../../src/cli/node-view.js'
import {boolean, string} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class NodeList extends BaseCommand<typeof NodeList> {
  static override summary = 'List masters, routers and partition servers, also those that failed.'
  static override description = `As the metadata has them; the nodes themselves are not asked.

STATE up: its record's lease is alive. failed: its lease ended while it held partitions. ghost: partitions name it, and no server has registered under that id. known: it has a record without a lease.

--live asks masters and partition servers, and shows how long leases last, and the documents, memory, disk and lag that servers tell. STATE up: it answered. leased: its lease is alive, and it was not asked. silent: it did not answer. impostor: another answered. announced: a master that has a record and was not asked.`
  static override examples = [
    '<%= config.bin %> node list',
    '<%= config.bin %> node list --role ps --state failed',
    '<%= config.bin %> node list --sort leaders:desc -o wide',
    '<%= config.bin %> node list --live --state silent',
  ]
  static override flags = {
    role: string({description: 'only this role', options: [...nodeRoles]}),
    state: string({
      description: 'only nodes in this state',
      options: [...new Set<string>([...nodeStates, ...askedStates])],
    }),
    zone: string({description: 'only servers of this zone', helpValue: 'NAME'}),
    live: boolean({description: 'ask masters and servers, and show what they tell'}),
    wide: boolean({description: 'as --output wide, where nothing else says how'}),
  }

  protected override get formatDefault(): OutputFormat {
    return this.flags.wide ? 'wide' : super.formatDefault
  }

  async run(): Promise<Result<NodeRow> | Result<AskedNode>> {
    const {zone, live} = this.flags
    const role = nodeRoles.find((name) => name === this.flags.role)
    if (live) {
      const [{listAskedNodes}, {askedNodeView}] = await Promise.all([
        import('../../src/admin/nodes/list-asked-nodes.js'),
        import('../../src/cli/asked-node-view.js'),
      ])
      return shown(await listAskedNodes(this.session, {role, zone, state: this.#state(askedStates)}), askedNodeView)
    }
    const filter = {role, zone, state: this.#state(nodeStates)}
    return shown(await listNodes(await this.session.reading(), filter), nodeView)
  }

  /** Errors: USAGE for one that would be looked for in vain. */
  #state<State extends string>(states: readonly State[]): State | undefined {
    const {state: word, live} = this.flags
    const state = states.find((name) => name === word)
    if (word === undefined || state !== undefined) return state
    throw new CodedError('USAGE', `--state ${word} is not told ${live ? 'with' : 'without'} --live`)
  }
}
