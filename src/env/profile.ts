/**
 * What this process spends its time or its memory on, sampled while it works and written in the form that Chrome and editors open.
 *
 * Memory is sampled too: a whole heap snapshot stops a process for as long as it is written, and a server that is stopped for
 * longer than its lease is taken for dead.
 */
import {Session} from 'node:inspector/promises'
import {CodedError} from '../errors/coded-error.js'
import type {Clock} from './clock.js'

export const profileKinds = ['cpu', 'heap'] as const
export type ProfileKind = (typeof profileKinds)[number]

/** Microseconds between two samples. */
const cpuIntervalUs = 1_000
/** Bytes that are allocated between two samples, on average. */
const heapIntervalBytes = 32 * 1024

/** For so long, or until `signal` is aborted: then the profile is of what there was. Errors: GUARD_FAILED while another is taken. */
export async function profileText(
  kind: ProfileKind,
  ms: number,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<string> {
  if (isProfiling) throw new CodedError('GUARD_FAILED', 'a profile of this process is being taken already')
  isProfiling = true
  const session = new Session()
  try {
    session.connect()
    const wait = () => clock.sleep(ms, signal).catch(() => {})
    return JSON.stringify(await (kind === 'cpu' ? cpuProfile(session, wait) : heapProfile(session, wait)))
  } finally {
    session.disconnect()
    isProfiling = false
  }
}

/** The engine samples for one at a time, whoever asks. */
let isProfiling = false

async function cpuProfile(session: Session, wait: () => Promise<void>): Promise<unknown> {
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', {interval: cpuIntervalUs})
  await session.post('Profiler.start')
  await wait()
  return (await session.post('Profiler.stop')).profile
}

async function heapProfile(session: Session, wait: () => Promise<void>): Promise<unknown> {
  await session.post('HeapProfiler.startSampling', {samplingInterval: heapIntervalBytes})
  await wait()
  return (await session.post('HeapProfiler.stopSampling')).profile
}
