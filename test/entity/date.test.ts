import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseDate, parseTimestamp} from '../../src/entity/date.js'
import {property} from '../harness/property.js'

const ns = (iso: string, extra = 0n) => BigInt(Date.parse(iso)) * 1_000_000n + extra

test.each([
  ['2024-01-02', ns('2024-01-02T00:00:00Z')],
  ['2024-02-29', ns('2024-02-29T00:00:00Z')],
  ['1969-12-31', ns('1969-12-31T00:00:00Z')],
  ['2024-01-02 03:04:05', ns('2024-01-02T03:04:05Z')],
  ['2024-01-02T03:04:05', ns('2024-01-02T03:04:05Z')],
  ['2024-01-02T03:04:05Z', ns('2024-01-02T03:04:05Z')],
  ['2024-01-02T03:04:05+08:00', ns('2024-01-01T19:04:05Z')],
  ['2024-01-02T03:04:05-0730', ns('2024-01-02T10:34:05Z')],
  ['2024-01-02 03:04:05 +0800', ns('2024-01-01T19:04:05Z')],
  ['2024-01-02 03:04:05 +0000 UTC', ns('2024-01-02T03:04:05Z')],
  ['2024-01-02T03:04:05.123456789Z', ns('2024-01-02T03:04:05Z', 123_456_789n)],
  ['2024-01-02T03:04:05.5Z', ns('2024-01-02T03:04:05Z', 500_000_000n)],
  ['02 Jan 2024', ns('2024-01-02T00:00:00Z')],
  ['Tue, 02 Jan 2024 03:04:05 GMT', ns('2024-01-02T03:04:05Z')],
  ['Tue, 02 Jan 2024 03:04:05 +0100', ns('2024-01-02T02:04:05Z')],
  ['02 Jan 24 03:04 UTC', ns('2024-01-02T03:04:00Z')],
  ['02 Jan 70 03:04 -0100', ns('1970-01-02T04:04:00Z')],
  ['Tuesday, 02-Jan-24 03:04:05 UTC', ns('2024-01-02T03:04:05Z')],
  ['Tue Jan  2 03:04:05 2024', ns('2024-01-02T03:04:05Z')],
  ['Tue Jan  2 03:04:05 UTC 2024', ns('2024-01-02T03:04:05Z')],
  ['Tue Jan 02 03:04:05 -0700 2024', ns('2024-01-02T10:04:05Z')],
])('%s', (text, expected) => expect(parseDate(text)).toBe(expected))

test.each([
  '',
  'yesterday',
  '2024-13-01',
  '2023-02-29',
  '2024-01-32',
  '2024-01-02 24:00:00',
  '2024-01-02T03:60:00Z',
  '02 Xyz 2024',
  '2024-1-2',
  '1704153600',
])('%j is no date', (text) => expect(parseDate(text)).toBeNull())

test('a whole number is seconds in a timestamp', () => {
  expect(parseTimestamp('1704153600')).toBe(1_704_153_600_000_000_000n)
  expect(parseTimestamp('-1')).toBe(-1_000_000_000n)
  expect(parseTimestamp('1.5')).toBeNull()
})

describe('any moment', () => {
  const moment = fc.date({min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true})
  const nanos = fc.nat(999_999_999)
  const offset = fc.integer({min: -14 * 60, max: 14 * 60})
  const two = (value: number) => String(value).padStart(2, '0')

  property(
    'is read to the nanosecond, in whatever zone it is written',
    [moment, nanos, offset],
    (date, fraction, minutes) => {
      const second = Math.floor(date.getTime() / 1_000)
      const local = new Date((second + minutes * 60) * 1_000)
      const zone = `${minutes < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
      fc.pre(local.getUTCFullYear() >= 1000 && local.getUTCFullYear() <= 9999)
      const text = `${local.toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}${zone}`
      expect(parseDate(text)).toBe(BigInt(second) * 1_000_000_000n + BigInt(fraction))
    },
  )

  property('is the same in the words of mail and of Unix', [moment], (date) => {
    const [weekday, day = '', month, year, clock] = date.toUTCString().replace(',', '').split(' ')
    const expected = parseDate(date.toISOString().slice(0, 19))
    expect(parseDate(date.toUTCString())).toBe(expected)
    expect(parseDate(`${weekday} ${month} ${day.replace(/^0/, ' ')} ${clock} ${year}`)).toBe(expected)
  })

  property(
    'of the calendar is read, and no other',
    [fc.integer({min: 1000, max: 9999}), fc.nat(13), fc.nat(32)],
    (year, month, day) => {
      const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
      expect(parseDate(`${year}-${two(month)}-${two(day)}`) !== null).toBe(day >= 1 && day <= days)
    },
  )
})
