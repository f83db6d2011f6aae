import {groups} from '../../src/admin/doctor/check.js'
import {type Examination, examinationExit, examine} from '../../src/admin/doctor/doctor.js'
import {type Finding, severities} from '../../src/admin/doctor/finding.js'
import {baselineOf} from '../../src/admin/doctor/news.js'
import {junitOf} from '../../src/admin/doctor/output/junit.js'
import {sarifOf} from '../../src/admin/doctor/output/sarif.js'
import type {Catalogue} from '../../src/admin/messages/message.js'
import {look} from '../../src/admin/picture/look.js'
import type {ClusterPicture} from '../../src/admin/picture/picture.js'
import {planJournal} from '../../src/admin/plan/apply-plan.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {findingView, gapLines} from '../../src/cli/finding-view.js'
import {outputFlag} from '../../src/cli/global-flags.js'
import {jsonText} from '../../src/cli/json-text.js'
import {say} from '../../src/cli/output.js'
import {string} from '../../src/cli/parameters/args.js'
import {string as text} from '../../src/cli/parameters/flags.js'
import type {Result} from '../../src/cli/view.js'
import {exitNameOf} from '../../src/errors/codes.js'

const reports = ['sarif', 'junit'] as const
type Report = (typeof reports)[number]

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
    '<%= config.bin %> doctor --since-plan p1f3a9c2b07',
    '<%= config.bin %> doctor --fix-plan repairs.json; <%= config.bin %> plan rehearse repairs.json',
    '<%= config.bin %> doctor -o sarif > doctor.sarif',
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
    'since-plan': text({
      description: 'only findings that were not there when this plan was made here',
      helpValue: 'PLAN',
    }),
    'fix-plan': text({
      description: 'write a plan for all findings that can be repaired to a new file',
      helpValue: 'FILE',
    }),
    output: outputFlag<Report>(reports),
  }

  async run(): Promise<Result<Finding>> {
    const {'data-dir': directories = [], 'since-plan': plan, 'fix-plan': file, output} = this.flags
    const group = groups.find((name) => name === this.flags.group)
    const severity = severities.find((name) => name === this.flags.severity)
    const picture = await look(this.session, {dataDirectories: directories.map((directory) => [directory])})
    const baseline = plan === undefined ? null : await baselineOf(await planJournal(this.session), plan, picture)
    const examination = examine(picture, {
      codes: this.argvWords,
      ...(group === undefined ? {} : {group}),
      ...(severity === undefined ? {} : {severity}),
      ...(baseline === null ? {} : {known: baseline.known}),
    })
    const {findings} = examination
    if (file !== undefined) await this.#writeFixes(file, picture, findings)
    const catalogue = await this.catalogue()
    const {place, revision} = picture.metadata
    const text = reportText(output?.report ?? null, examination, catalogue)
    const gone = baseline === null || baseline.gone.length === 0 ? [] : [`gone since then: ${baseline.gone.join(', ')}`]
    return {
      rows: findings,
      source: `${place}, revision ${revision}`,
      warnings: [...gapLines(examination), ...gone],
      view: findingView(catalogue),
      exit: exitNameOf(examinationExit(examination)),
      ...(text === null ? {} : {text}),
    }
  }

  async #writeFixes(file: string, picture: ClusterPicture, findings: readonly Finding[]): Promise<void> {
    const [{planRepairs}, {writePlan}] = await Promise.all([
      import('../../src/admin/plan/repair.js'),
      import('../../src/admin/plan/plan-file.js'),
    ])
    const plan = planRepairs(picture, findings, {action: `doctor --fix-plan ${file}`})
    await writePlan(this.env.disk, file, plan)
    say(`vearchctl plan apply ${file}`)
  }
}

function reportText(report: Report | null, examination: Examination, catalogue: Catalogue): string | null {
  if (report === null) return null
  return report === 'sarif' ? `${jsonText(sarifOf(examination, catalogue), 2)}\n` : junitOf(examination, catalogue)
}
