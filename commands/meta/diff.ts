import type {Moment} from '../../src/admin/meta/moment.js'
import type {Plan} from '../../src/admin/plan/plan.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {differenceView, planFileView} from '../../src/cli/difference-view.js'
import {jsonText} from '../../src/cli/json-text.js'
import {string} from '../../src/cli/parameters/args.js'
import {string as text} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class MetaDiff extends BaseCommand<typeof MetaDiff> {
  static override summary = 'Show how the metadata of two moments differ, record by record and field by field.'
  static override description =
    `A moment is live, @REVISION, a file (a raw etcd snapshot or a backup; FILE@REVISION), or the name of a context.

--format patch prints a plan that makes of the first moment what the second is, for vearchctl plan apply: without users, servers and whatever else lives by a lease. Each record must then still be as it was read.

Exit code 12 where there is a difference, 0 where there is none.`
  static override examples = [
    '<%= config.bin %> meta diff @88 live',
    '<%= config.bin %> meta diff yesterday.db live --filter \'kind == "partitions"\'',
    '<%= config.bin %> meta diff prod staging --columns key,field,before,after',
    '<%= config.bin %> meta diff live @88 --format patch > back.json; <%= config.bin %> plan apply back.json',
  ]
  static override args = {
    before: string({description: 'a moment', required: true}),
    after: string({description: 'another', default: 'live'}),
  }

  static override flags = {
    format: text({description: 'how the difference is said', options: ['table', 'patch'], default: 'table'}),
  }

  async run(): Promise<Result<unknown>> {
    const [{momentNamed}, {metaDifference}] = await Promise.all([
      import('../../src/admin/meta/moment.js'),
      import('../../src/admin/meta/difference.js'),
    ])
    const {before: earlier, after: later = 'live'} = this.args
    const before = await momentNamed(this.session, this.contexts, earlier)
    const after = await momentNamed(this.session, this.contexts, later)
    try {
      if (this.flags.format === 'patch') return await this.#patch(before, after, `${earlier} ${later}`)
      return shown(await metaDifference(before.reading, after.reading), differenceView)
    } finally {
      await Promise.all([before.close(), after.close()])
    }
  }
  async #patch({reading, isOfCluster}: Moment, after: Moment, moments: string): Promise<Result<Plan>> {
    const {metaPatch} = await import('../../src/admin/meta/patch.js')
    const action = `meta diff ${moments} --format patch`
    const options = {action, isOfCluster, nowMs: this.env.clock.wallMs()}
    const {plan, warnings} = await metaPatch(reading, after.reading, options)
    const exit = plan.steps.length === 0 ? 'ok' : 'different'
    return {rows: [plan], source: null, warnings, exit, view: planFileView, text: `${jsonText(plan)}\n`}
  }
}
