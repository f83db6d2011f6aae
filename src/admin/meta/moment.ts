/**
 * Metadata at a moment that a person names: `live`, a revision (`@88`), a time (`@2h-ago`), another context, or a file: a raw etcd snapshot or
 * a backup, at its last revision or another (`prod.db@88`).
 */
import {basename} from 'node:path'
import {CodedError} from '../../errors/coded-error.js'
import {Keys} from '../../meta/keys.js'
import {ContentReading, type MetaReading} from '../../meta/reading.js'
import type {Contexts} from '../contexts/contexts.js'
import {chooseTarget} from '../contexts/target.js'
import {Connections} from '../session/connections.js'
import {contentBytes} from '../session/content-bytes.js'
import {Session} from '../session/session.js'

export interface Moment {
  readonly reading: MetaReading
  /** Of the session's own cluster, now or before: its revisions are those that the cluster counts. */
  readonly isOfCluster: boolean
  /** Ends what was opened for it alone. */
  close(): Promise<void>
}

/** Errors: NOT_FOUND for what is neither a context nor a file; those of reading a file. */
export async function momentNamed(session: Session, contexts: Contexts, name: string): Promise<Moment> {
  const isOfCluster = session.target.snapshot === null
  if (name === 'live') return lasting(await session.readingAt(null), isOfCluster)
  const [, revision] = /^@(\d+)$/.exec(name) ?? []
  if (revision !== undefined) return lasting(await session.readingAt(Number(revision)), isOfCluster)
  const [, time] = /^@(.+)$/.exec(name) ?? []
  if (time !== undefined) return lasting(await session.readingAsOf(time), isOfCluster)
  const known = await contexts.targets()
  return known.has(name) ? momentOf(session, name, known) : lasting(await momentIn(session, name), false)
}

function lasting(reading: MetaReading, isOfCluster: boolean): Moment {
  return {reading, isOfCluster, close: async () => {}}
}

async function momentOf(
  session: Session,
  context: string,
  contexts: Awaited<ReturnType<Contexts['targets']>>,
): Promise<Moment> {
  const target = chooseTarget({named: context, flags: {}, environment: {}, inUse: null, contexts})
  const other = new Session(new Connections(target, session.connections.env), session.options)
  const close = async () => {
    other.end()
    await other.connections.close()
  }
  return {reading: await other.reading(), isOfCluster: false, close}
}

async function momentIn(session: Session, name: string): Promise<MetaReading> {
  const [, path = name, revision] = /^(.+)@(\d+)$/.exec(name) ?? []
  const {disk} = session.env
  if (!(await disk.exists(path))) {
    throw new CodedError('NOT_FOUND', `${name} is neither live, @REVISION, @TIME, a context nor a file`, {
      hint: 'vearchctl context list',
    })
  }
  const {readContent, onlyCluster} = await import('../../meta/offline/content-file.js')
  const content = readContent(await contentBytes(disk, path, session.target), {
    path,
    revision: revision === undefined ? null : Number(revision),
  })
  const cluster = session.target.cluster ?? onlyCluster(content, path)
  return new ContentReading(new Keys(cluster), `file ${basename(path)}`, content)
}
