/** SARIF 2.1.0, which code-scanning dashboards read. */
import {type Catalogue, plainText, textOf} from '../../messages/message.js'
import {sourceText} from '../../picture/source.js'
import type {Examination} from '../doctor.js'
import {type Evidence, type Finding, type Severity, subjectText} from '../finding.js'

const levels: Readonly<Record<Severity, string>> = {critical: 'error', warning: 'warning', note: 'note'}

export function sarifOf({results, findings, muted}: Examination, words?: Catalogue): unknown {
  const rules = results.map(({check}) => ({
    id: check.code,
    shortDescription: {text: textOf(check.title, words)},
    fullDescription: {text: textOf(check.explanation, words)},
    defaultConfiguration: {level: levels[check.severity]},
  }))
  const notifications = results.flatMap(({check, gaps}) =>
    gaps.map(({source, subject, why}) => ({
      level: 'warning',
      message: {text: `${check.code}: ${source}${subject === null ? '' : ` ${subjectText(subject)}`}: ${why}`},
      associatedRule: {id: check.code},
    })),
  )
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {driver: {name: 'vearchctl doctor', rules}},
        invocations: [{executionSuccessful: true, toolExecutionNotifications: notifications}],
        results: [
          ...findings.map((finding) => resultOf(finding, words)),
          ...muted.map((finding) => ({...resultOf(finding, words), suppressions: [{kind: 'external'}]})),
        ],
      },
    ],
  }
}

function resultOf({code, severity, subject, message, evidence, next}: Finding, words?: Catalogue) {
  return {
    ruleId: code,
    level: levels[severity],
    message: {text: `${textOf(message, words)}\n${next}`},
    partialFingerprints: {subject: `${code}/${subjectText(subject)}`},
    locations: evidence.map((one) => ({
      logicalLocations: [{fullyQualifiedName: sourceText(one.source), kind: one.source.from}],
      message: {text: evidenceText(one)},
    })),
  }
}

/** `leader=4 replicas=1, 2, 3 (/vearch/partition/7@12)`. */
export function evidenceText({says, source}: Evidence): string {
  const fields = Object.entries(says).map(([name, value]) => `${name}=${plainText(value)}`)
  return `${fields.join(' ')} (${sourceText(source)})`
}
