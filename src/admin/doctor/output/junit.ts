/** JUnit's XML, which every CI reads: a check is a test case, what it found its failures, what could not be asked a skip. */
import {type Catalogue, textOf} from '../../messages/message.js'
import type {CheckResult, Examination} from '../doctor.js'
import {type Finding, subjectText} from '../finding.js'
import {evidenceText} from './sarif.js'

export function junitOf({results, findings}: Examination, words?: Catalogue): string {
  const byCode = new Map<string, Finding[]>()
  for (const finding of findings) {
    const known = byCode.get(finding.code)
    if (known === undefined) byCode.set(finding.code, [finding])
    else known.push(finding)
  }
  const cases = results.map((result) => testCase(result, byCode.get(result.check.code) ?? [], words))
  const failures = results.filter(({verdict}) => verdict === 'found').length
  const skipped = results.filter(isSkipped).length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="vearchctl doctor" tests="${results.length}" failures="${failures}" skipped="${skipped}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n')
}

function isSkipped({verdict}: CheckResult): boolean {
  return verdict === 'notChecked' || verdict === 'partlyChecked'
}

function testCase(result: CheckResult, findings: readonly Finding[], words?: Catalogue): string {
  const {check, gaps} = result
  const name = `${check.code} ${textOf(check.title, words)}`
  const open = `  <testcase classname="${escaped(check.group)}" name="${escaped(name)}">`
  const failures = findings.map(({severity, subject, message, evidence, next}) => {
    const lines = [textOf(message, words), ...evidence.map(evidenceText), next]
    const head = `${subjectText(subject)}: ${textOf(message, words)}`
    return `    <failure type="${severity}" message="${escaped(head)}">${escaped(lines.join('\n'))}</failure>`
  })
  const why = gaps.map(
    ({source, subject, why}) => `${source}${subject === null ? '' : ` ${subjectText(subject)}`}: ${why}`,
  )
  const skips = isSkipped(result) ? [`    <skipped message="${escaped(why.join('; '))}"/>`] : []
  return [open, ...failures, ...skips, '  </testcase>'].join('\n')
}

/** What XML 1.0 does not allow at all becomes a replacement character. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
