import {groups} from '../../src/admin/doctor/check.js'
import {examinationExit, examine} from '../../src/admin/doctor/doctor.js'
import {type Finding, severities} from '../../src/admin/doctor/finding.js'
import {junitOf} from '../../src/admin/doctor/output/junit.js'
import {sarifOf} from '../../src/admin/doctor/output/sarif.js'
import {look} from '../../src/admin/look.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {findingView, gapLines} from '../../src/cli/finding-view.js'
import {jsonText} from '../../src/cli/json-text.js'
import {string} from '../../src/cli/parameters/args.js'
import {custom, string as text} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'
import {exitNameOf} from '../../src/errors/codes.js'

const reports = ['sarif', 'junit'] as const

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override strict = false
  static override summary = 'Look for what is wrong, with evidence and the next command.'
  static override description =
    `Every check, or those named. What could not be asked is said to be not checked, and never counts as well.

Exit code 0: nothing worse than notes. 10: warnings. 11: something critical. 4: nothing could be checked.`
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor VC101 VC104 -o wide',
    '<%= config.bin %> doctor --group metadata --severity warning --snapshot prod.db',
    '<%= config.bin %> doctor --data-dir /export/vearch/datas',
    '<%= config.bin %> doctor --report sarif > doctor.sarif',
  ]
  static override args = {check: string({description: 'codes of checks; all of them if absent'})}
  static override flags = {
    group: text({description: 'only checks of this group', options: [...groups]}),
    severity: text({description: 'only findings of this severity and worse', options: [...severities]}),
    'data-dir': text({
      description: 'a server’s data directory on this machine, to look into',
      multiple: true,
      helpValue: 'DIR',
    }),
    report: custom<(typeof reports)[number]>({
      description: 'for dashboards: sarif or junit',
      options: [...reports],
      helpValue: 'sarif|junit',
    })(),
  }

  async run(): Promise<Result<Finding>> {
    const {'data-dir': directories = [], report} = this.flags
    const group = groups.find((name) => name === this.flags.group)
    const severity = severities.find((name) => name === this.flags.severity)
    const picture = await look(this.session, {dataDirectories: directories.map((directory) => [directory])})
    const examination = examine(picture, {
      codes: this.argvWords,
      ...(group === undefined ? {} : {group}),
      ...(severity === undefined ? {} : {severity}),
    })
    const catalogue = await this.catalogue()
    const {place, revision} = picture.metadata
    const text =
      report === 'sarif'
        ? `${jsonText(sarifOf(examination, catalogue), 2)}\n`
        : report === 'junit'
          ? junitOf(examination, catalogue)
          : null
    return {
      rows: examination.findings,
      source: `${place}, revision ${revision}`,
      warnings: gapLines(examination),
      view: findingView(catalogue),
      exit: exitNameOf(examinationExit(examination)),
      ...(text === null ? {} : {text}),
    }
  }
}
