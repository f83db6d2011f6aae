import {listPartitions} from '../../src/admin/partitions/list-partitions.js'
import type {PartitionLine} from '../../src/admin/partitions/partition-line.js'
import {type PartitionRow, partitionStates} from '../../src/admin/partitions/partition-row.js'
import type {ReplicaLine} from '../../src/admin/partitions/replica-line.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {boolean, integer, string} from '../../src/cli/parameters/flags.js'
import {partitionView} from '../../src/cli/partition-view.js'
import {type Result, shown} from '../../src/cli/view.js'
import {nodeId} from '../../src/entity/ids.js'

export default class PartitionsList extends BaseCommand<typeof PartitionsList> {
  static override summary = 'List partitions and their replicas, as the metadata has them.'
  static override description =
    `STATE compares the records of partitions, spaces and servers at one revision; -o wide says why it is not ok. The servers themselves are not asked.

--live asks them, and says how many documents and bytes each has, its index, and how far the replica that is furthest behind is; -o wide also what raft says.

--sources asks them, and lists every replica with what each of the four sources says of it: the space's record, the partition's own, the raft group, the server.`
  static override examples = [
    '<%= config.bin %> partitions list --node 3',
    '<%= config.bin %> partitions list --space web/images --state leaderless -o wide',
    '<%= config.bin %> partitions list --filter \'replicas.length < 3 && state != "ok"\'',
    '<%= config.bin %> partitions list --live --sort lag:desc',
    '<%= config.bin %> partitions list --sources --unhealthy',
    '<%= config.bin %> partitions list --etcd 10.0.0.1:2370 --cluster vearch --json',
  ]
  static override flags = {
    node: integer({description: 'only partitions with a replica on this node', min: 1, helpValue: 'ID'}),
    db: string({description: 'only partitions of this db', helpValue: 'NAME'}),
    space: string({description: 'only partitions of this space', helpValue: '[DB/]SPACE'}),
    state: string({description: 'only partitions in this state', options: [...partitionStates]}),
    role: string({
      description: 'only partitions that the node leads, or only follows',
      options: ['leader', 'follower'],
      dependsOn: ['node'],
    }),
    unhealthy: boolean({description: 'only those that are not ok'}),
    live: boolean({description: 'ask the servers: documents, sizes, indexes, lag', exclusive: ['sources']}),
    sources: boolean({description: 'ask the servers: a line for each replica, source by source'}),
  }

  async run(): Promise<Result<PartitionRow> | Result<PartitionLine> | Result<ReplicaLine>> {
    const {node, db, space, state, role, unhealthy, live, sources} = this.flags
    const filter = {
      nodeId: node === undefined ? undefined : nodeId(node),
      db,
      space,
      state: partitionStates.find((name) => name === state),
      role: role === 'leader' || role === 'follower' ? role : undefined,
      unhealthy,
    } as const
    if (sources) {
      const [{listSources}, {sourcesView}] = await Promise.all([
        import('../../src/admin/partitions/list-sources.js'),
        import('../../src/cli/replica-view.js'),
      ])
      return shown(await listSources(this.session, filter), sourcesView)
    }
    if (live) {
      const [{listLive}, {livePartitionView}] = await Promise.all([
        import('../../src/admin/partitions/list-live.js'),
        import('../../src/cli/live-partition-view.js'),
      ])
      return shown(await listLive(this.session, filter), livePartitionView(await this.catalogue()))
    }
    return shown(await listPartitions(await this.session.reading(), filter), partitionView)
  }
}
