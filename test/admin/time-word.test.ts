import {describe, expect, test} from 'vitest'
import {timeNamed} from '../../src/admin/time-word.js'

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
