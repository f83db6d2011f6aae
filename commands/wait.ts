import {listAliases} from '../src/admin/entities/account-row.js'
import {listDbs} from '../src/admin/entities/db-row.js'
import {listSpaces} from '../src/admin/entities/space-row.js'
import {listLocks} from '../src/admin/meta/lock-list.js'
import {listNodes} from '../src/admin/nodes/list-nodes.js'
import {listPartitions} from '../src/admin/partitions/list-partitions.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {aliasView, dbView, spaceView} from '../src/cli/entity-view.js'
import {lockView} from '../src/cli/lock-view.js'
import {nodeView} from '../src/cli/node-view.js'
import {string} from '../src/cli/parameters/args.js'
import {boolean, string as text} from '../src/cli/parameters/flags.js'
import {partitionView} from '../src/cli/partition-view.js'
import {type Result, shown} from '../src/cli/view.js'
import type {MetaReading} from '../src/meta/reading.js'

const things: Readonly<Record<string, (meta: MetaReading) => Promise<Result<unknown>>>> = {
  partitions: async (meta) => shown(await listPartitions(meta), partitionView),
  nodes: async (meta) => shown(await listNodes(meta, {}), nodeView),
  dbs: async (meta) => shown(await listDbs(meta), dbView),
  spaces: async (meta) => shown(await listSpaces(meta), spaceView),
  aliases: async (meta) => shown(await listAliases(meta), aliasView),
  locks: async (meta) => shown(await listLocks(meta, null), lockView),
}
const singular: Readonly<Record<string, string>> = {
  partition: 'partitions',
  node: 'nodes',
  db: 'dbs',
  space: 'spaces',
  alias: 'aliases',
  lock: 'locks',
}

const timeoutMsDefault = 60_000

export default class Wait extends BaseCommand<typeof Wait> {
  static override summary = 'Wait until something is so in the metadata; exit code 124 if it is not in time.'
  static override description =
    'True of every row that --filter, --db and --space leave, and of at least one; or, with --gone, until there is none. It waits for --timeout, 60 s if not said, also while nobody answers.'
  static override examples = [
    '<%= config.bin %> wait partitions --state ok --space web/images --timeout 5m',
    '<%= config.bin %> wait node 4 --state up',
    "<%= config.bin %> wait partitions --for 'replicas.length == 3' --filter 'db == \"web\"'",
    '<%= config.bin %> wait spaces web/images --for enabled',
    '<%= config.bin %> wait locks --gone',
  ]
  static override args = {
    things: string({
      description: 'rows of which list',
      options: [...Object.keys(things), ...Object.keys(singular)],
      required: true,
    }),
    name: string({description: 'only this one, as -q names it'}),
  }
  static override flags = {
    for: text({description: 'what is to be true, as --filter is written', helpValue: 'EXPR', exclusive: ['gone']}),
    state: text({description: 'the state that they are to be in', helpValue: 'STATE', exclusive: ['gone']}),
    db: text({description: 'only what is of this db', helpValue: 'NAME'}),
    space: text({description: 'only what is of this space', helpValue: '[DB/]SPACE'}),
    gone: boolean({description: 'until there is none of them'}),
  }

  async run(): Promise<Result<unknown>> {
    const {waitFor} = await import('../src/cli/wait.js')
    const {for: condition, state, gone} = this.flags
    const {timeout = timeoutMsDefault} = this.globals
    const {things: named} = this.args
    const list = things[singular[named] ?? named] ?? (() => Promise.reject(new Error('an option that is not offered')))
    const read = async () => list(await this.session.readingAt(null))
    return this.session.whileAsking(() =>
      waitFor(read, {
        until: gone ? null : (allOf([condition, equals('state', state)]) ?? 'true'),
        filter: this.#filter(),
        name: this.args.name ?? null,
        timeoutMs: timeout,
        clock: this.env.clock,
        signal: this.session.signal,
      }),
    )
  }

  #filter(): string | null {
    const [, dbOfSpace, space = this.flags.space] = /^([^/]+)\/(.+)$/.exec(this.flags.space ?? '') ?? []
    return allOf([this.globals.filter, equals('db', this.flags.db), equals('db', dbOfSpace), equals('space', space)])
  }
}

function equals(field: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${field} == ${JSON.stringify(value)}`
}

function allOf(expressions: readonly (string | undefined)[]): string | null {
  const said = expressions.filter((expression) => expression !== undefined)
  return said.length === 0 ? null : said.map((expression) => `(${expression})`).join(' && ')
}
