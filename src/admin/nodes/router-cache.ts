import {stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'
import {endpointUrl} from '../session/connections.js'
import {MasterCalls} from '../session/master-calls.js'
import type {Session} from '../session/session.js'

export interface CachedSpace {
  readonly router: string
  /** The space as that router knows it. */
  readonly value: unknown
  readonly same: boolean
}

const routerPort = 9001

/** What each router that the target names has in memory of a space; whether all have the same. Errors: USAGE. */
export async function routerCache(session: Session, db: string, space: string): Promise<Listing<CachedSpace>> {
  const {connections, target, signal} = session
  if (target.routers === null) throw new CodedError('USAGE', 'no router is named', {hint: 'name them with --router'})
  const [{user, password}, tls] = await Promise.all([connections.credentials(), connections.httpTls()])
  const path = `/cache/dbs/${encodeURIComponent(db)}/spaces/${encodeURIComponent(space)}`
  const found: {router: string; value: unknown}[] = []
  const warnings: string[] = []
  for (const router of target.routers.map((endpoint) => endpointUrl('--router', endpoint, routerPort))) {
    const calls = new MasterCalls({masters: [router], user, password, tls, signal, kind: 'router', onAsk: () => {}})
    try {
      found.push({router, value: (await calls.get(path)).data})
    } catch (thrown) {
      signal.throwIfAborted()
      if (target.routers.length === 1) throw thrown
      warnings.push((thrown as Error).message)
    }
  }
  const [first] = found
  const rows = found.map(({router, value}) => ({
    router,
    value,
    same: stringifyJson(value) === stringifyJson(first?.value),
  }))
  return {rows, source: null, warnings}
}
