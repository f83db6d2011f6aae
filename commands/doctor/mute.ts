import {muteFinding} from '../../src/admin/doctor/mute-finding.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {parseDurationMs} from '../../src/cli/duration.js'
import {muteView} from '../../src/cli/finding-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {custom, string as text} from '../../src/cli/parameters/flags.js'
import {shown} from '../../src/cli/view.js'
import {CodedError} from '../../src/errors/coded-error.js'

export default class DoctorMute extends BaseCommand<typeof DoctorMute> {
  static override summary = 'Let the doctor not speak of a finding for a while.'
  static override description =
    'For everybody who looks at this cluster, with a reason and an end: at most 30 days. The doctor still says how many findings are muted.'
  static override examples = [
    "<%= config.bin %> doctor mute VC103 'partition 3' --ttl 4h --reason 'node 4 gets a new disk'",
    '<%= config.bin %> doctor mute VC131 --ttl 24h --reason "no backups here"',
  ]
  static override args = {
    code: string({description: 'the check', required: true}),
    subject: string({description: 'one subject of its findings; all of them if absent'}),
  }
  static override flags = {
    reason: text({description: 'why', required: true}),
    ttl: custom<number>({
      description: 'for how long',
      required: true,
      helpValue: '4h',
      parse: async (written) => {
        const ms = parseDurationMs(written)
        if (ms !== null) return ms
        throw new CodedError('USAGE', `--ttl ${written} is not a duration`, {hint: 'write 30m, 4h or 72h'})
      },
    })(),
  }

  async run() {
    const {code, subject = null} = this.args
    const {reason, ttl: ttlMs} = this.flags
    const change = await muteFinding(
      await this.session.reading(),
      {code, subject, reason, ttlMs},
      this.env.clock.wallMs(),
    )
    return this.carryOut(change.plan, async (writer) => {
      await change.apply(writer)
      return shown({rows: [change.row], source: null, warnings: []}, muteView)
    })
  }
}
