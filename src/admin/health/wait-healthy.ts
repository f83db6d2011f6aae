import {CodedError} from '../../errors/coded-error.js'
import {look} from '../picture/look.js'
import type {Session} from '../session/session.js'
import {type Health, healthOf} from './health.js'

const everyMs = 500

/** As soon as it is as well as wanted. Errors: NOT_YET when the session's time is up. */
export async function waitHealthy(session: Session, wanted: 'ok' | 'degraded'): Promise<Health> {
  const {env, signal, options} = session
  let last: Health | null = null
  while (!signal.aborted) {
    try {
      last = healthOf(await look(session))
      if (last.word === 'OK' || (last.word === 'DEGRADED' && wanted === 'degraded')) return last
    } catch (thrown) {
      // metadata that cannot be read may come back while we wait
      if (!(thrown instanceof CodedError) || thrown.errorName !== 'META_UNREACHABLE') {
        if (!signal.aborted) throw thrown
      }
    }
    await env.clock.sleep(everyMs, signal).catch(() => {})
  }
  options.interrupt.throwIfAborted()
  throw new CodedError('NOT_YET', `the cluster is not ${wanted} yet: ${last?.word ?? 'its metadata cannot be read'}`, {
    hint: 'vearchctl health --explain',
  })
}
