/**
 * Dates as Vearch reads them in range rules and documents: the formats of Go's `cast.ToTime`, UTC where no zone is given.
 */
const isoDate =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?(?: ?(?<zone>Z|[+-]\d{2}:?\d{2}))?(?: [A-Z]{3,4})?)?$/
/** RFC 1123, 822 and 850, and `02 Jan 2006`. */
const mailDate =
  /^(?:[A-Z][a-z]{2,8}, )?(?<day>\d{2})[ -](?<month>[A-Z][a-z]{2})[ -](?<year>\d{4}|\d{2})(?: (?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)? (?<zone>[+-]\d{4}|[A-Z]{3,4}))?$/
/** ANSI C, Unix and Ruby: `Mon Jan _2 15:04:05 [zone] 2006`. */
const clockDate =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?(?: (?<zone>[+-]\d{4}|[A-Z]{3,4}))? (?<year>\d{4})$/

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const nanosPerMilli = 1_000_000n
const nanosPerSecond = 1_000_000_000n

/** Nanoseconds since the epoch, or null for what is no date. */
export function parseDate(text: string): bigint | null {
  const parts = (isoDate.exec(text) ?? mailDate.exec(text) ?? clockDate.exec(text))?.groups
  if (parts === undefined) return null
  const {year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'} = parts
  const monthIndex = /^\d/.test(month) ? Number(month) - 1 : months.indexOf(month)
  const date = new Date(0)
  date.setUTCFullYear(fullYear(year), monthIndex, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  const rolledOver =
    date.getUTCMonth() !== monthIndex ||
    date.getUTCDate() !== Number(day) ||
    date.getUTCHours() !== Number(hour) ||
    date.getUTCMinutes() !== Number(minute) ||
    date.getUTCSeconds() !== Number(second)
  if (rolledOver) return null
  const millis = BigInt(date.getTime() - zoneMinutes(zone) * 60_000)
  return millis * nanosPerMilli + BigInt(fraction.padEnd(9, '0'))
}

/** The same, and a whole number in the text counts as seconds since the epoch. */
export function parseTimestamp(text: string): bigint | null {
  return /^[+-]?\d{1,12}$/.test(text) ? BigInt(text) * nanosPerSecond : parseDate(text)
}

/** Two digits as Go has them: 69 is 1969, 68 is 2068. */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length > 2) return year
  return year >= 69 ? 1900 + year : 2000 + year
}

/** East of Greenwich. A zone's abbreviation says nothing certain and counts as UTC, as in Go. */
function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone)
  if (match === null) return 0
  const [, sign, hours, minutes] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
