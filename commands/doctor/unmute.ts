import {unmuteFinding} from '../../src/admin/doctor/mute-finding.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {muteView} from '../../src/cli/finding-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {shown} from '../../src/cli/view.js'

export default class DoctorUnmute extends BaseCommand<typeof DoctorUnmute> {
  static override summary = 'Let the doctor speak of a finding again.'
  static override examples = ["<%= config.bin %> doctor unmute VC103 'partition 3'"]
  static override args = {
    code: string({description: 'the check', required: true}),
    subject: string({description: 'as it was muted'}),
  }

  async run() {
    const {code, subject = null} = this.args
    const change = await unmuteFinding(await this.session.reading(), code, subject)
    return this.carryOut(change.plan, async (writer) => {
      await change.apply(writer)
      return shown({rows: [change.row], source: null, warnings: []}, muteView)
    })
  }
}
