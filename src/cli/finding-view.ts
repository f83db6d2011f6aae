import type {Check, Gap} from '../admin/doctor/check.js'
import type {CheckResult, Examination} from '../admin/doctor/doctor.js'
import {type Finding, type Severity, subjectText} from '../admin/doctor/finding.js'
import type {MuteRow} from '../admin/doctor/mute-finding.js'
import {evidenceText} from '../admin/doctor/output/sarif.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import {isRepairable} from '../admin/plan/repair.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<Severity, Tone | null>> = {critical: 'bad', warning: 'uncertain', note: null}

export function findingView(catalogue: Catalogue): View<Finding> {
  return {
    name: ({code, subject}) => `${code} ${subjectText(subject)}`,
    columns: {
      code: {get: ({code}) => code},
      severity: {get: ({severity}) => severity, tone: ({severity}) => tones[severity]},
      subject: {get: ({subject}) => subjectText(subject)},
      finding: {get: ({message}) => textOf(message, catalogue)},
      next: {get: ({next}) => next},
      evidence: {get: ({evidence}) => evidence.map(evidenceText), wide: true},
    },
  }
}

export function checkView(catalogue: Catalogue): View<Check> {
  return {
    name: ({code}) => code,
    columns: {
      code: {get: ({code}) => code},
      severity: {get: ({severity}) => severity, tone: ({severity}) => tones[severity]},
      group: {get: ({group}) => group},
      check: {get: ({title}) => textOf(title, catalogue)},
      needs: {get: ({needs}) => needs, wide: true},
      repair: {get: ({code}) => (isRepairable(code) ? 'yes' : 'no')},
    },
  }
}

/** What is no finding and must not be taken for health: `not checked, no data directory is at hand: VC110, VC117`. */
export function gapLines({results, muted}: Examination): string[] {
  const lines = new Map<string, string[]>()
  for (const {check, verdict, gaps} of results) {
    if (verdict === 'ok') continue
    for (const gap of gaps) {
      const line = `${gap.subject === null ? 'not' : 'partly'} checked, ${gapText(gap)}`
      const known = lines.get(line)
      if (known === undefined) lines.set(line, [check.code])
      else known.push(check.code)
    }
  }
  const unheard = [...lines].map(([line, codes]) => `${line}: ${codes.join(', ')}`)
  const quiet = [...new Set(muted.map(({code}) => code))]
  return quiet.length === 0 ? unheard : [...unheard, `muted: ${muted.length} (${quiet.join(', ')})`]
}

function gapText({source, subject, why}: Gap): string {
  return `${subject === null ? source : subjectText(subject)} (${why})`
}

export function explainedCheck({code, title, explanation, needs}: CheckResult['check'], catalogue: Catalogue): string {
  const repair = isRepairable(code) ? `\nvearchctl repair ${code}` : ''
  const sources = [...new Set(['metadata', ...needs])].join(', ')
  return `${code}  ${textOf(title, catalogue)}\n\n${textOf(explanation, catalogue)}\n\n${sources}${repair}\n`
}

export const muteView: View<MuteRow> = {
  name: ({code}) => code,
  columns: {
    code: {get: ({code}) => code},
    subject: {get: ({subject}) => subject},
    until: {get: ({until}) => until},
  },
}
