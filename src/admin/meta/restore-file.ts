import {CodedError} from '../../errors/coded-error.js'
import {sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {contentBytes} from '../session/content-bytes.js'
import type {Session} from '../session/session.js'
import {type Consequence, consequencesOf} from './consequences.js'
import type {MetaKind} from './meta-kinds.js'
import type {PreparedChange} from './record-change.js'
import {afterwards, prepareRestore} from './restoration.js'

export interface RestoreFileOptions {
  readonly only: readonly MetaKind[] | null
  /** The file's only cluster is taken, whatever its name. */
  readonly isRenamed: boolean
}

/** Errors: NOT_FOUND where the file has nothing of the cluster; those of reading the file. */
export async function restoreFrom(
  session: Session,
  path: string,
  {only, isRenamed}: RestoreFileOptions,
): Promise<PreparedChange> {
  const {clustersIn, onlyCluster, readContent} = await import('../../meta/offline/content-file.js')
  const content = readContent(await contentBytes(session.env.disk, path, session.target), {path, revision: null})
  const live = await session.reading()
  const {cluster} = live.keys
  const from = isRenamed ? onlyCluster(content, path) : cluster
  if (!clustersIn(content).includes(from)) {
    throw new CodedError(
      'NOT_FOUND',
      `${path} has nothing of cluster ${cluster}, but ${clustersIn(content).join(', ')}`,
      {
        hint: 'if it is to become this one: --rename-cluster',
      },
    )
  }
  let aliveServers = 0
  for await (const _ of live.scan(live.keys.serverPrefix, {keysOnly: true})) aliveServers += 1
  return prepareRestore(live, {content, from}, {only, aliveServers})
}

/** `critical` where a last copy would be lost by it, `degraded` where anything would happen that would not anyway. */
export async function simulate(session: Session, prepared: PreparedChange): Promise<Listing<Consequence>> {
  const live = await session.reading()
  const rows = await consequencesOf(session, await afterwards(live, prepared))
  const fresh = rows.filter(({isNew}) => isNew)
  const exit = fresh.some(({isLastCopy}) => isLastCopy) ? 'critical' : fresh.length > 0 ? 'degraded' : 'ok'
  return {rows, source: sourceOf(live), warnings: [], exit}
}
