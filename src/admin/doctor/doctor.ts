/**
 * Examines a picture: every check of the catalogue, or some of them.
 *
 * - A check that found nothing is `ok` only if everything it needs was heard. If a part was not, it is `partlyChecked`; if a
 *   whole source was not, `notChecked`; both say why.
 * - What somebody muted is counted and not shown, until the mute expires.
 * - Findings come by severity, then by code.
 *
 * Order to read: finding, check, checks/, catalogue, doctor, mutes, and the outputs.
 */
import {CodedError} from '../../errors/coded-error.js'
import {exitCode} from '../../errors/codes.js'
import type {ClusterPicture} from '../picture/picture.js'
import {catalogue} from './catalogue.js'
import {type Check, type Gap, type Group, gapsOf, type SourceKind} from './check.js'
import {type Finding, findingText, type Severity, severities} from './finding.js'
import {isMuted, type Mute, mutesIn} from './mutes.js'

export interface Examination {
  readonly results: readonly CheckResult[]
  readonly findings: readonly Finding[]
  readonly muted: readonly Finding[]
}

export interface CheckResult {
  readonly check: Check
  readonly verdict: 'ok' | 'found' | 'partlyChecked' | 'notChecked'
  /** Not counting what is muted. */
  readonly findings: number
  readonly gaps: readonly Gap[]
}

export interface ExamineOptions {
  /** All if empty. */
  readonly codes?: readonly string[]
  readonly group?: Group
  /** This and worse. */
  readonly severity?: Severity
  /** By their texts: findings that are left out, because they are no news. */
  readonly known?: ReadonlySet<string>
}

export function examine(picture: ClusterPicture, options: ExamineOptions = {}): Examination {
  const {codes = [], group, severity = 'note', known = new Set()} = options
  const checks = codes.length === 0 ? catalogue : codes.map(checkOf)
  const mutes = mutesIn(picture)
  const gaps = new Map<SourceKind, readonly Gap[]>()
  const findings: Finding[] = []
  const muted: Finding[] = []
  const results = checks
    .filter((check) => group === undefined || check.group === group)
    .map((check): CheckResult => {
      const found = findingsOf(check, picture).filter(
        (finding) => isAtLeast(finding.severity, severity) && !known.has(findingText(finding)),
      )
      const [quiet, loud] = split(found, mutes)
      append(findings, loud)
      append(muted, quiet)
      const missing = check.needs.flatMap((kind) => {
        const ofKind = gaps.get(kind) ?? gapsOf(picture, kind)
        gaps.set(kind, ofKind)
        return ofKind
      })
      return {check, verdict: verdictOf(loud.length, missing), findings: loud.length, gaps: missing}
    })
  return {results, findings: sorted(findings), muted: sorted(muted)}
}

export function findingsOf({code, severity, check}: Check, picture: ClusterPicture): Finding[] {
  return check(picture).map((found) => ({severity, ...found, code}))
}

/** Errors: USAGE. */
export function checkOf(code: string): Check {
  const wanted = code.toUpperCase()
  const check = catalogue.find((known) => known.code === wanted)
  if (check !== undefined) return check
  throw new CodedError('USAGE', `there is no check ${code}`, {hint: 'vearchctl doctor list'})
}

/** 0, 10 for warnings, 11 for what is critical, 4 where nothing was found because nothing could be asked. */
export function examinationExit({findings, results}: Examination): number {
  if (findings.some(({severity}) => severity === 'critical')) return exitCode.critical
  if (findings.some(({severity}) => severity === 'warning')) return exitCode.degraded
  const isBlind = results.length > 0 && results.every(({verdict}) => verdict === 'notChecked')
  return isBlind ? exitCode.unreachable : exitCode.ok
}

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(threshold)
}

function verdictOf(findings: number, gaps: readonly Gap[]): CheckResult['verdict'] {
  if (findings > 0) return 'found'
  if (gaps.length === 0) return 'ok'
  return gaps.some(({subject}) => subject === null) ? 'notChecked' : 'partlyChecked'
}

function split(findings: readonly Finding[], mutes: readonly Mute[]): [quiet: Finding[], loud: Finding[]] {
  const [quiet, loud]: [Finding[], Finding[]] = [[], []]
  for (const finding of findings) (isMuted(finding, mutes) ? quiet : loud).push(finding)
  return [quiet, loud]
}

/** A spread would put each of 100,000 findings on the stack. */
function append<T>(to: T[], items: readonly T[]): void {
  for (const item of items) to.push(item)
}

function sorted(findings: readonly Finding[]): Finding[] {
  const rank = new Map(severities.map((severity, at) => [severity, at]))
  return findings.toSorted(
    (a, b) =>
      (rank.get(a.severity) ?? 0) - (rank.get(b.severity) ?? 0) || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  )
}
