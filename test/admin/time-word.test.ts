import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {timeNamed} from '../../src/admin/time-word.js'
import {property} from '../harness/property.js'

const now = new Date(2026, 7, 1, 14, 30, 0).getTime()
const hourMs = 3_600_000

describe('a time', () => {
  test.each([
    ['90s-ago', now - 90_000],
    ['10m-ago', now - 600_000],
    ['1.5h-ago', now - 1.5 * hourMs],
    ['2d-ago', now - 48 * hourMs],
    ['14:02', new Date(2026, 7, 1, 14, 2).getTime()],
    ['14:30', now],
    ['14:31', new Date(2026, 6, 31, 14, 31).getTime()],
    ['9:05:30', new Date(2026, 7, 1, 9, 5, 30).getTime()],
    ['2026-08-01', new Date(2026, 7, 1).getTime()],
    ['2026-08-01T14:02', new Date(2026, 7, 1, 14, 2).getTime()],
    ['2026-08-01T14:02:30Z', Date.UTC(2026, 7, 1, 14, 2, 30)],
  ])('%s', (word, ms) => {
    expect(timeNamed(word, now)).toBe(ms)
  })

  test.each(['88', '', 'yesterday', '2h', 'ago', '25:00', '14:60', '2026-13-01', '2026-08-01T99:00', '-2h-ago'])(
    'is not %j',
    (word) => {
      expect(timeNamed(word, now)).toBeNull()
    },
  )
})

describe('where clocks are put forward and back', () => {
  const zone = process.env.TZ
  beforeAll(() => {
    process.env.TZ = 'Europe/Berlin'
  })
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  test('a time of yesterday is one that its clocks showed', () => {
    const noon = Date.parse('2026-03-29T10:00:00Z')
    expect(timeNamed('18:00', noon)).toBe(Date.parse('2026-03-28T17:00:00Z'))
  })

  const moment = fc.date({min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true})

  property(
    'a time of day is the last one that was, by the clock on the wall',
    [moment, fc.nat(23), fc.nat(59)],
    (date, hour, minute) => {
      const named = timeNamed(`${hour}:${String(minute).padStart(2, '0')}`, date.getTime()) ?? Number.NaN
      expect(named).toBeLessThanOrEqual(date.getTime())
      expect(named).toBeGreaterThan(date.getTime() - 26 * hourMs)
      // between two and three there is an hour that was never shown
      if (hour !== 2) expect([new Date(named).getHours(), new Date(named).getMinutes()]).toEqual([hour, minute])
    },
  )
})
