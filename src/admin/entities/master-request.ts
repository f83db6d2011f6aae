/**
 * Changes that a master makes: what is asked of it, as a plan, and the request that carries it out. The journal has the request
 * and, where something is taken away, the records that it was.
 */
import {Keys} from '../../meta/keys.js'
import type {KeyValue} from '../../meta/store.js'
import type {GuardedWriter} from '../changes/guarded-writer.js'
import {type Proposal, type ProposedStep, proposal} from '../changes/proposal.js'
import type {Listing} from '../listing.js'
import type {HttpCall} from '../session/http-call.js'
import type {Session} from '../session/session.js'

export interface MasterRequest {
  /** The command: `space create`. */
  readonly action: string
  /** In words: `create space web/images`. */
  readonly step: string
  readonly method: HttpCall['method']
  readonly path: string
  readonly body?: unknown
  /** What a person is shown of the change; never a password. */
  readonly before?: unknown
  readonly after?: unknown
  readonly isDestructive?: boolean
  /** Keys whose values are lost by it. */
  readonly loses?: readonly string[]
}

export interface RequestRow {
  readonly done: string
  readonly master: string
  readonly txn: string
  readonly answer: unknown
}

export function requestPlan(requests: readonly MasterRequest[]): Proposal {
  const [first] = requests
  const steps = requests.map(
    ({step, method, path, before = null, after = null}): ProposedStep => ({
      step,
      subject: `${method} ${path}`,
      before,
      after,
    }),
  )
  const isDestructive = requests.some((request) => request.isDestructive === true)
  return proposal(first?.action ?? '', steps, {isDestructive})
}

/** One after the other; the first that is refused ends it. Errors: those of the master. */
export async function sendRequests(
  session: Session,
  writer: GuardedWriter,
  requests: readonly MasterRequest[],
): Promise<Listing<RequestRow>> {
  const masters = await session.masters()
  const rows: RequestRow[] = []
  for (const {action, step, method, path, body, loses = []} of requests) {
    const before = await lost(session, loses)
    const {txn, value} = await writer.request({action, request: `${method} ${path}`, before}, () =>
      masters.call(method, path, body),
    )
    rows.push({done: step, master: value.master, txn, answer: value.data ?? null})
  }
  return {rows, source: null, warnings: []}
}

async function lost(session: Session, keys: readonly string[]): Promise<KeyValue[]> {
  if (keys.length === 0) return []
  const meta = await session.readingAt(null)
  const values = await Promise.all(keys.map((key) => meta.get(key)))
  return values.filter((kv) => kv !== null)
}

export const dbPath = (db: string): string => `/dbs/${encodeURIComponent(db)}`
export const spacePath = (db: string, space: string): string => `${dbPath(db)}/spaces/${encodeURIComponent(space)}`

export async function keysOf(session: Session): Promise<Keys> {
  return new Keys(await session.cluster())
}
