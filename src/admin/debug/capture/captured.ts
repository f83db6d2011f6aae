/** What a bundle has from a capture, beside what any bundle has. */
import {CodedError} from '../../../errors/coded-error.js'
import {type Difference, lastMoment, type Moment, type Sample} from '../../../meta/offline/samples.js'
import type {ClusterEvent} from '../../events/cluster-event.js'
import {requireTime} from '../../time-word.js'

export interface CapturedSample extends Sample {
  /** Why the look failed; null where it did not. */
  readonly failed: string | null
  /** Since the sample before it. */
  readonly events: readonly ClusterEvent[]
}

export interface Captured {
  readonly startedAt: string
  readonly everyMs: number
  readonly ended: CaptureEnd
  readonly samples: readonly CapturedSample[]
}

/** `cut off`: the process was killed, and what it had written was made a bundle afterwards. */
export type CaptureEnd = 'stopped' | 'time' | 'size' | 'cut off'

export const nothingChanged: Difference = {put: {}, gone: []}

/** The last look before a time. Errors: USAGE; NOT_FOUND for a time before the first one, or so late that there would have been another. */
export function momentAt(
  {samples, everyMs}: Captured,
  time: string,
  nowMs: number,
): Moment<CapturedSample> & {readonly revision: number} {
  const timeMs = requireTime(time, nowMs)
  const isNotLater = ({at}: Sample) => Date.parse(at) <= timeMs
  const moment = lastMoment(samples, isNotLater)
  const [first, last] = [samples[0]?.at ?? '', samples.at(-1)?.at ?? '']
  if (moment !== null && timeMs <= Date.parse(last) + everyMs) return moment
  throw new CodedError('NOT_FOUND', `nothing was captured at ${new Date(timeMs).toISOString()}`, {
    hint: `the samples are of ${first} to ${last}`,
  })
}
