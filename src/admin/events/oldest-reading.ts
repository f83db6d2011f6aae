import {CodedError} from '../../errors/coded-error.js'
import type {MetaReading} from '../../meta/reading.js'

/**
 * The metadata at the first revision from `from` on that the store has not compacted. By halves: twenty reads of one key where
 * there are a million revisions.
 */
export async function oldestReading(
  readingAt: (revision: number) => Promise<MetaReading>,
  {from, to}: {readonly from: number; readonly to: number},
): Promise<MetaReading> {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2)
    // most often nothing is compacted, and the first question is the last
    const tried = low === from && high === to ? from : middle
    if (await isThere(await readingAt(tried))) high = tried
    else low = tried + 1
  }
  return readingAt(low)
}

async function isThere(reading: MetaReading): Promise<boolean> {
  try {
    await reading.get(reading.keys.sequence('node'))
    return true
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.errorName === 'META_COMPACTED') return false
    throw thrown
  }
}
