/**
 * Failpoints of a real process, armed by the environment it was started with, and by nothing else:
 *
 *     VEARCHCTL_FAILPOINTS='wal.append.written=crash:3,checkpoint.after=delay:200,snapshot.piece.read=error:1'
 *
 *     <site>=crash[:n]    the process is killed as by `kill -9`, at the n-th hit (the first if n is absent)
 *     <site>=error[:n]    the n-th hit fails as a bad disk does; every hit if n is absent
 *     <site>=delay:<ms>   every hit waits
 *
 * The sites are those of `failpoints.ts`. Anything else in the variable stops the start: a test that arms a site which is not
 * there would prove nothing. A process without the variable has no failpoints at all.
 */
import {CodedError} from '../errors/coded-error.js'
import type {Env} from './env.js'
import {type FailpointSite, type Failpoints, failpointSites, isFailpointSite, noFailpoints} from './failpoints.js'

export const failpointsVariable = 'VEARCHCTL_FAILPOINTS'

type Action =
  | {readonly kind: 'crash'; readonly at: number}
  | {readonly kind: 'error'; readonly at: number | null}
  | {readonly kind: 'delay'; readonly ms: number}

/** How a process ends itself so that nothing of it is tidied up. */
export type Kill = () => void

const killSelf: Kill = () => process.kill(process.pid, 'SIGKILL')

/** Errors: CONFIG_ERROR where the variable is not of the form above. */
export function failpointsFrom(
  environment: Readonly<Record<string, string | undefined>>,
  {clock, log}: Pick<Env, 'clock' | 'log'>,
  kill = killSelf,
): Failpoints {
  const text = environment[failpointsVariable]
  if (text === undefined || text === '') return noFailpoints
  const armed = new Map(text.split(',').map(parseArming))
  log.warn('failpoints.armed', {sites: [...armed.keys()].join()})
  const hits = new Map<FailpointSite, number>()
  return {
    async hit(site) {
      const action = armed.get(site)
      if (action === undefined) return
      const count = (hits.get(site) ?? 0) + 1
      hits.set(site, count)
      if (action.kind === 'delay') return clock.sleep(action.ms)
      if (action.at !== null && action.at !== count) return
      log.warn('failpoint.hit', {site, action: action.kind, count})
      if (action.kind === 'error') throw Object.assign(new Error(`EIO: failpoint ${site}`), {code: 'EIO'})
      kill()
      return new Promise(() => {})
    },
  }
}

function parseArming(text: string): [FailpointSite, Action] {
  const [, site = '', kind, number] = /^([a-z.]+)=(crash|error|delay)(?::(\d{1,9}))?$/.exec(text.trim()) ?? []
  if (kind === undefined) throw refused(`${JSON.stringify(text)} is not <site>=<crash|error|delay>[:<number>]`)
  if (!isFailpointSite(site)) throw refused(`there is no site ${site}`)
  const count = number === undefined ? null : Number(number)
  if (kind === 'delay') {
    if (count === null) throw refused(`${text} says not how many milliseconds`)
    return [site, {kind, ms: count}]
  }
  if (count === 0) throw refused(`${text}: hits are counted from 1`)
  return [site, kind === 'crash' ? {kind, at: count ?? 1} : {kind: 'error', at: count}]
}

function refused(why: string): CodedError {
  return new CodedError('CONFIG_ERROR', `${failpointsVariable}: ${why}`, {
    hint: `Unset ${failpointsVariable}; it is for tests. Its sites: ${Object.keys(failpointSites).join(', ')}.`,
  })
}
