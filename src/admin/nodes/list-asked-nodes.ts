/** `node list --live`: every process that any source names, and what the processes say themselves. Loaded only for that. */
import type {Listing} from '../listing.js'
import {look} from '../picture/look.js'
import {type ClusterPicture, placeOf, unheardWarnings} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import type {NodeRole} from './list-nodes.js'
import {type NodeLine, nodeLines} from './node-line.js'
import type {AskedState} from './node-states.js'
import {type ProcessLine, processLines} from './process-line.js'

export interface AskedNode extends Omit<NodeLine, 'id' | 'role' | 'state' | 'partitions' | 'leaders'> {
  /** A partition server's node id; a master's name; a router's address. */
  readonly id: string
  readonly role: NodeRole
  readonly state: AskedState
  /** Null of what holds none. */
  readonly partitions: number | null
  readonly leaders: number | null
}

export interface AskedFilter {
  readonly role: NodeRole | undefined
  readonly state: AskedState | undefined
  readonly zone: string | undefined
}

export async function listAskedNodes(session: Session, filter: AskedFilter): Promise<Listing<AskedNode>> {
  const picture = await look(session)
  const rows = askedNodes(picture).filter((node) => matches(node, filter))
  return {rows, source: placeOf(picture), warnings: unheardWarnings(picture)}
}

export function askedNodes(picture: ClusterPicture): AskedNode[] {
  const servers = nodeLines(picture).map((line) => ({...line, id: String(line.id)}))
  return [...processLines(picture).map(withoutServer), ...servers]
}

function matches(node: AskedNode, {role, state, zone}: AskedFilter): boolean {
  return (
    (role === undefined || node.role === role) &&
    (state === undefined || node.state === state) &&
    (zone === undefined || node.zone === zone)
  )
}

function withoutServer({name, ...line}: ProcessLine): AskedNode {
  return {
    ...line,
    id: name,
    failedAt: null,
    zone: null,
    rack: null,
    pool: null,
    partitions: null,
    leaders: null,
    docs: null,
    memoryPercent: null,
    diskPercent: null,
    lag: null,
  }
}
