import {type Health, healthExit, healthOf} from '../src/admin/health/health.js'
import {nagiosExit, nagiosText, nagiosUnknown} from '../src/admin/health/nagios.js'
import {prometheusText} from '../src/admin/health/prometheus.js'
import {waitHealthy} from '../src/admin/health/wait-healthy.js'
import {look} from '../src/admin/picture/look.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {explainedHealth, healthView} from '../src/cli/health-view.js'
import {boolean, string} from '../src/cli/parameters/flags.js'
import type {Result} from '../src/cli/view.js'
import {exitNameOf} from '../src/errors/codes.js'

export default class HealthCommand extends BaseCommand<typeof HealthCommand> {
  static override summary = 'Say in one word whether the cluster is well.'
  static override description =
    `OK, DEGRADED, CRITICAL or UNKNOWN, and how many partitions can be written and read. Exit code 0, 10, 11 or 4.

Every server is asked at the same time, each with --node-timeout: one that is dead or frozen costs no more than that. UNKNOWN is when nobody who could tell was heard.`
  static override examples = [
    '<%= config.bin %> health',
    '<%= config.bin %> health --explain',
    '<%= config.bin %> health --wait ok --timeout 60s',
    '<%= config.bin %> health --nagios',
    '<%= config.bin %> health --prometheus > /var/lib/node_exporter/vearch.prom',
  ]
  static override flags = {
    wait: string({description: 'wait until it is so; exit code 124 if it is not in time', options: ['ok', 'degraded']}),
    explain: boolean({description: 'say why'}),
    nagios: boolean({description: 'as a plugin of Nagios: one line, exit code 0 to 3', exclusive: ['prometheus']}),
    prometheus: boolean({description: 'in the text format of Prometheus; exit code 0'}),
  }

  async run(): Promise<Result<Health>> {
    const {wait, explain, nagios, prometheus} = this.flags
    const catalogue = await this.catalogue()
    try {
      const {session} = this
      const health = wait === undefined ? healthOf(await look(session)) : await waitHealthy(session, atLeast(wait))
      const result = {rows: [health], source: null, warnings: [], view: healthView}
      if (nagios)
        return {...result, text: `${nagiosText(health, catalogue)}\n`, exit: exitNameOf(nagiosExit[health.word])}
      if (prometheus) return {...result, text: prometheusText(health, await session.cluster()), exit: 'ok'}
      const text = explain ? {text: explainedHealth(health, catalogue)} : {}
      return {...result, ...text, exit: exitNameOf(healthExit[health.word])}
    } catch (thrown) {
      if (!nagios) throw thrown
      // Nagios takes any other exit code for a fault of the plugin
      const text = `${nagiosUnknown(this.session.signal.aborted ? this.session.signal.reason : thrown)}\n`
      return {rows: [], source: null, warnings: [], view: healthView, text, exit: exitNameOf(nagiosExit.UNKNOWN)}
    }
  }
}

function atLeast(word: string): 'ok' | 'degraded' {
  return word === 'ok' ? 'ok' : 'degraded'
}
