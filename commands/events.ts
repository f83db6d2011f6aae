import {type ClusterEvent, type EventKind, eventKinds} from '../src/admin/events/cluster-event.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {clusterEventView} from '../src/cli/event-view.js'
import {custom} from '../src/cli/parameters/flags.js'
import type {Result} from '../src/cli/view.js'
import {CodedError} from '../src/errors/coded-error.js'

export default class Events extends BaseCommand<typeof Events> {
  static override summary =
    'Show what happens in the cluster, until interrupted: leaders, roles, replicas, leases, plans, metadata.'
  static override description =
    `As masters and servers put it down in the metadata, what replicas become in raft, as servers of our kind log it at the level info, and the steps of plans that are carried out from this machine. A line for each event; with --json, and where the output is no terminal, one JSON object a line. With --timeout it ends by itself.

An interruption loses nothing; where the store has compacted what happened meanwhile, an event of the kind history says so. What happened before the command began has no time: a store keeps none. Of a bundle that vearchctl debug capture made, those that it has.`
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events --kind leader --kind lease',
    '<%= config.bin %> events --since 88000 --timeout 2s',
    '<%= config.bin %> events --since all --timeout 2s --json',
    '<%= config.bin %> events --snapshot night.jsonl',
  ]
  static override flags = {
    kind: custom<EventKind>({
      description: 'only events of this kind',
      options: [...eventKinds],
      multiple: true,
      helpValue: 'KIND',
    })({multiple: true}),
    since: custom<number | 'all'>({
      description: 'begin with what happened at this revision; all: with all that the store still has',
      helpValue: 'REVISION',
      parse: async (written) => {
        if (written === 'all') return written
        const revision = Number(written)
        if (Number.isSafeInteger(revision) && revision >= 2) return revision
        throw new CodedError('USAGE', `--since ${written} is no revision`, {hint: 'write 88000, or all'})
      },
    })(),
  }

  async run(): Promise<Result<ClusterEvent>> {
    const {clusterEvents} = await import('../src/admin/events/events.js')
    const {kind: kinds = [], since = null} = this.flags
    const catalogue = await this.catalogue()
    return this.stream(clusterEventView, (signal) => clusterEvents(this.session, {kinds, since, catalogue, signal}))
  }
}
