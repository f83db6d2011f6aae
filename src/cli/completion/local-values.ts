/**
 * What is on this machine and may be meant: files, and the plans that were made here.
 */
import {PlanJournal, planDirectory} from '../../admin/plan/plan-journal.js'
import {directoryNames} from '../../env/directory-names.js'
import type {Disk} from '../../env/disk.js'
import type {Candidate} from './completer.js'
import type {ValueKind} from './value-kinds.js'

/** More are of no use on a screen. */
const candidatesMax = 500

export type LocalKind = Extract<ValueKind, 'file' | 'plan'>

export function isLocal(kind: ValueKind): kind is LocalKind {
  return kind === 'file' || kind === 'plan'
}

export interface PlansOf {
  readonly disk: Disk
  readonly stateDirectory: string
  /** Null while it is not known: then no plan is. */
  readonly cluster: string | null
}

/** Those that begin with what is typed. Where a plan is wanted and none does, it may be a file that holds one. */
export async function localValues(kind: LocalKind, typed: string, plans: PlansOf): Promise<Candidate[]> {
  const found = kind === 'plan' ? await planCandidates(typed, plans) : []
  return found.length > 0 ? found : fileCandidates(typed)
}

async function planCandidates(typed: string, {disk, stateDirectory, cluster}: PlansOf): Promise<Candidate[]> {
  if (cluster === null) return []
  const histories = await new PlanJournal(disk, planDirectory(stateDirectory, cluster)).list()
  return histories
    .filter(({plan}) => plan.id.startsWith(typed))
    .map(({plan, state}) => ({value: plan.id, description: `${state}: ${plan.action}`}))
    .slice(-candidatesMax)
}

/** Hidden ones only where the dot is typed. */
async function fileCandidates(typed: string): Promise<Candidate[]> {
  const [, directory = '', begun = ''] = /^(.*\/)?([^/]*)$/s.exec(typed) ?? []
  const names = await directoryNames(directory === '' ? '.' : directory)
  return names
    .filter((name) => name.startsWith(begun) && (begun !== '' || !name.startsWith('.')))
    .slice(0, candidatesMax)
    .map((name) => ({value: directory + name, description: ''}))
}
