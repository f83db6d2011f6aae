import {CodedError} from '../errors/coded-error.js'

/** A time as people write it: `2h-ago`, `90s-ago`, `14:02` (the last one that was), `2026-08-01`, `2026-08-01T14:02:30Z`. */

const unitMs: Readonly<Record<string, number>> = {s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000}

/** Wall milliseconds; without a zone it is this machine's. Null for what is none of these. */
export function timeNamed(word: string, nowMs: number): number | null {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])-ago$/.exec(word) ?? []
  if (count !== undefined) return nowMs - Number(count) * (unitMs[unit] ?? 0)
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(word) ?? []
  if (hours !== undefined && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60) {
    // not 24 hours before: the day may have had 23, or 25
    const daysAgo = (days: number) => {
      const day = new Date(nowMs)
      day.setDate(day.getDate() - days)
      return day.setHours(Number(hours), Number(minutes), Number(seconds), 0)
    }
    return daysAgo(0) <= nowMs ? daysAgo(0) : daysAgo(1)
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(word)) return null
  // a day alone would be taken for one of UTC
  const ms = Date.parse(word.length === 10 ? `${word}T00:00` : word)
  return Number.isNaN(ms) ? null : ms
}

/** The same. Errors: USAGE for what is no time. */
export function requireTime(word: string, nowMs: number): number {
  const ms = timeNamed(word, nowMs)
  if (ms !== null) return ms
  throw new CodedError('USAGE', `${word} is not a time`, {hint: 'write 2h-ago, 14:02 or 2026-08-01T14:02'})
}
