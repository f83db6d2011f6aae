/**
 * The prompt: which context, and what is known of its cluster without asking. `prod 2/3 ps> `: two of three partition servers are
 * alive; `prod ✗ etcd> `: the metadata does not answer; `prod> `: nothing is known yet; `prod @88 ro> `: as of a revision, and nothing
 * may be changed. It never says that a cluster is well.
 */
import {basename} from 'node:path'
import type {Target} from '../../admin/contexts/target.js'
import type {LiveCluster} from '../../admin/session/live-cluster.js'
import type {Tone} from '../view.js'

type Seen = Pick<Target, 'snapshot' | 'at' | 'readOnlyBecause'>
type Known = Pick<LiveCluster, 'state' | 'cluster' | 'servers'>

export function promptText(
  context: string | null,
  known: Known | null,
  target: Seen | null,
  paint: (text: string, tone: Tone) => string,
): string {
  const name = context ?? known?.cluster ?? 'vearchctl'
  const state = known === null ? null : stateText(known)
  const parts = [name, ...(target === null ? [] : marks(target)), ...(state === null ? [] : [paint(...state)])]
  return `${parts.join(' ')}> `
}

/** What is unusual in how the cluster is seen: from a file, in the past, without the right to change it. */
function marks({snapshot, at, readOnlyBecause}: Seen): string[] {
  return [
    ...(snapshot === null ? [] : [`snap:${basename(snapshot)}`]),
    ...(at === null ? [] : [`@${at}`]),
    ...(readOnlyBecause === null ? [] : ['ro']),
  ]
}

function stateText({state, servers}: Known): [text: string, tone: Tone] | null {
  if (state === 'down') return ['✗ etcd', 'bad']
  if (state === 'unknown' || servers === null) return null
  const {alive, all} = servers
  return [`${alive}/${all} ps`, alive === all ? 'good' : 'uncertain']
}
