/**
 * The prompt: which context, and what is known of its cluster without asking. `prod 2/3 ps> `: two of three partition servers are
 * alive; `prod ✗ etcd> `: the metadata does not answer; `prod> `: nothing is known yet. It never says that a cluster is well.
 */
import type {LiveCluster} from '../../admin/live-cluster.js'
import type {Tone} from '../view.js'

type Known = Pick<LiveCluster, 'state' | 'cluster' | 'servers'>

export function promptText(
  context: string | null,
  known: Known | null,
  paint: (text: string, tone: Tone) => string,
): string {
  const name = context ?? known?.cluster ?? 'vearchctl'
  const state = known === null ? null : stateText(known)
  return `${name}${state === null ? '' : ` ${paint(...state)}`}> `
}

function stateText({state, servers}: Known): [text: string, tone: Tone] | null {
  if (state === 'down') return ['✗ etcd', 'bad']
  if (state === 'unknown' || servers === null) return null
  const {alive, all} = servers
  return [`${alive}/${all} ps`, alive === all ? 'good' : 'uncertain']
}
