import {expect, it} from 'vitest'
import {figuresLine, reportLine, summary} from './figures.js'

it.each([
  ['all that was wanted', {scripts: 79, steps: 1_622}, 'scripts: 79 scripts, 1,622 steps'],
  ['what is missing', {scripts: 79, steps: 700}, 'scripts: 79 scripts, 700 steps (not reached: steps 700 of 800)'],
  ['what nobody counted', {steps: 800}, 'scripts: 800 steps (not reached: scripts 0 of 45)'],
  ['what has no goal', {scripts: 45, steps: 800, seconds: 1.25}, 'scripts: 45 scripts, 800 steps, 1.3 seconds'],
])('a line says %s', (_, figures, line) => expect(figuresLine('scripts', figures)).toBe(line))

it.each([
  [{part: 7, of: 7}, 'sweep: 100 % points'],
  [{part: 6_999, of: 7_000}, 'sweep: 99.9 % points (not reached: points 99.9 % of 100 %)'],
  [{part: 0, of: 0}, 'sweep: 0 % points (not reached: points 0 % of 100 %)'],
])('of a whole %o', (points, line) => expect(figuresLine('sweep', {points})).toBe(line))

it('what several tests report of a layer adds up, in the order of the layers', () => {
  const reports = [
    reportLine('sweep', {points: {part: 1, of: 1}}),
    reportLine('scripts', {scripts: 40, steps: 800}),
    reportLine('scripts', {scripts: 5}),
    reportLine('sweep', {points: {part: 1, of: 3}}),
  ]
  expect(summary(reports.join(''))).toEqual([
    'scripts: 45 scripts, 800 steps',
    'sweep: 50 % points (not reached: points 50 % of 100 %)',
  ])
})
