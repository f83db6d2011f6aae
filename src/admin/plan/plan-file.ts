import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Subject} from '../doctor/finding.js'
import {readText} from '../text-file.js'
import type {Plan} from './plan.js'
import type {FindingName} from './repair.js'

/** For `plan apply FILE`. Errors: GUARD_FAILED where there is such a file already. */
export async function writePlan(disk: Pick<Disk, 'exists'>, path: string, plan: Plan): Promise<void> {
  if (await disk.exists(path)) {
    throw new CodedError('GUARD_FAILED', `there is a file ${path} already`, {hint: 'name another; none is overwritten'})
  }
  await writePrivately(path, `${stringifyJson(plan)}\n`)
}

/** What `doctor --json` has written. Errors: NOT_FOUND, PARAM_ERROR. */
export async function readFindings(disk: Disk, path: string): Promise<readonly FindingName[]> {
  const rows = rowsIn(await readText(disk, path))
  const findings = rows?.filter(isFindingName)
  if (rows !== null && findings !== undefined && findings.length === rows.length) return findings
  throw new CodedError('PARAM_ERROR', `${path} holds no findings`, {
    hint: 'findings are what vearchctl doctor --json prints',
  })
}

function rowsIn(text: string): readonly unknown[] | null {
  try {
    const envelope = parseJson(text)
    return isObject(envelope) && Array.isArray(envelope.data) ? envelope.data : null
  } catch {
    return null
  }
}

function isFindingName(row: unknown): row is FindingName {
  return isObject(row) && typeof row.code === 'string' && isObject(row.subject) && isSubject(row.subject)
}

function isSubject(subject: Readonly<Record<string, unknown>>): boolean {
  const {kind, name}: Partial<Record<keyof Subject, unknown>> = subject
  return typeof kind === 'string' && typeof name === 'string'
}
