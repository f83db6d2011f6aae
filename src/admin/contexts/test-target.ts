/**
 * Whether what a target names can be reached, part by part, and what answers there. Each part has its own time, so that one
 * which does not answer hides nothing of the others.
 */
import {isObject} from '../../entity/json.js'
import {type CodedError, toCodedError} from '../../errors/coded-error.js'
import type {Listing} from '../listing.js'
import type {Session} from '../session/session.js'

export interface TestedPart {
  readonly part: 'metadata' | 'records' | 'master' | 'account'
  readonly address: string
  readonly state: 'ok' | 'unreachable' | 'refused' | 'missing'
  readonly ms: number
  readonly detail: string
}

/** For each part. */
const partTimeoutMs = 3_000

export async function testTarget(session: Session): Promise<Listing<TestedPart>> {
  const rows = (await Promise.all([metadataParts(session), masterParts(session)])).flat()
  const isSound = rows.every(({state}) => state === 'ok')
  const isDown = rows.every(({state}) => state === 'unreachable')
  return {rows, source: null, warnings: [], exit: isSound ? 'ok' : isDown ? 'unreachable' : 'partial'}
}

async function metadataParts(session: Session): Promise<TestedPart[]> {
  const {connections, target} = session
  const [place, cluster] = await Promise.all([connections.place(), connections.cluster()])
  const options = {signal: session.signal, timeoutMs: partTimeoutMs}
  const parts: TestedPart[] = []
  if (target.snapshot === null) {
    const metadata = await tested(session, 'metadata', place, async () => {
      const {version, revision, dbBytes} = await (await session.observed()).status(options)
      return `version ${version}, revision ${revision}, ${dbBytes} bytes`
    })
    parts.push(metadata)
    if (metadata.state !== 'ok') return parts
  }
  const records = await tested(session, 'records', `cluster ${cluster}`, async () => {
    const meta = await session.reading()
    for await (const _ of meta.scan(meta.keys.all, {keysOnly: true}))
      return `there are some, at revision ${meta.revision}`
    return ''
  })
  const isMissing = records.state === 'ok' && records.detail === ''
  parts.push(isMissing ? {...records, state: 'missing', detail: 'this etcd has no cluster of that name'} : records)
  return parts
}

async function masterParts(session: Session): Promise<TestedPart[]> {
  if (session.target.snapshot !== null) return []
  const [urls, {httpCall}, tls] = await Promise.all([
    session.masterUrls(),
    import('../session/http-call.js'),
    session.connections.httpTls(),
  ])
  const masters = await Promise.all(
    urls.map((url) =>
      tested(session, 'master', url, async () => {
        const signal = AbortSignal.any([session.signal, timeLimit(session)])
        const {status, body} = await httpCall(`${url}/`, {method: 'GET', headers: {}, body: null, tls, signal})
        return `status ${status}, ${body.slice(0, 80)}`
      }),
    ),
  )
  if (masters.every(({state}) => state !== 'ok')) return masters
  const {user} = await session.connections.credentials()
  const account = await tested(session, 'account', user, async () => {
    const {data} = await (await session.masters()).get('/dbs')
    return Array.isArray(data) ? `sees ${data.length} dbs` : isObject(data) ? 'is let in' : 'is let in, and sees no dbs'
  })
  return [...masters, account]
}

function timeLimit({env}: Session): AbortSignal {
  const late = new AbortController()
  env.clock.after(partTimeoutMs, () => late.abort(new Error(`no answer within ${partTimeoutMs} ms`)))
  return late.signal
}

async function tested(
  {env, signal}: Session,
  part: TestedPart['part'],
  address: string,
  ask: () => Promise<string>,
): Promise<TestedPart> {
  const startedAtMs = env.clock.nowMs()
  const ms = () => Math.round(env.clock.nowMs() - startedAtMs)
  try {
    const detail = await ask()
    return {part, address, state: 'ok', ms: ms(), detail}
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toCodedError(thrown)
    return {part, address, state: isRefusal(error) ? 'refused' : 'unreachable', ms: ms(), detail: error.detail}
  }
}

function isRefusal({errorName}: CodedError): boolean {
  return errorName === 'AUTHENTICATION_FAILED' || errorName === 'META_REFUSED'
}
