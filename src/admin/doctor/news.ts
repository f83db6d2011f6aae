import {CodedError} from '../../errors/coded-error.js'
import type {ClusterPicture} from '../picture/picture.js'
import type {PlanJournal} from '../plan/plan-journal.js'
import {examine} from './doctor.js'
import {findingText} from './finding.js'

/** What was found when a plan was made, and which of it is found no more. */
export interface Baseline {
  readonly known: ReadonlySet<string>
  readonly gone: readonly string[]
}

/** Errors: NOT_FOUND where no look was kept with the plan. */
export async function baselineOf(
  journal: Pick<PlanJournal, 'findings'>,
  plan: string,
  picture: ClusterPicture,
): Promise<Baseline> {
  const before = await journal.findings(plan)
  if (before === null) {
    throw new CodedError('NOT_FOUND', `what was found when plan ${plan} was made is not known here`, {
      hint: 'only plans that were made on this machine have it: vearchctl plan list',
    })
  }
  const {findings, muted} = examine(picture)
  const now = new Set([...findings, ...muted].map(findingText))
  return {known: new Set(before), gone: before.filter((text) => !now.has(text))}
}
