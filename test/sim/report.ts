/**
 * What the simulator prints: a line of figures, and of each failure what broke, how to play it again, and what came before.
 */
import type {Figures} from '../harness/figures.js'
import {faultText, type Plan} from './plan.js'
import type {Verdict} from './run.js'

export interface Totals {
  seeds: number
  virtualMs: number
  cpuMs: number
  faults: number
  ops: number
  failures: number
}

export const noTotals = (): Totals => ({seeds: 0, virtualMs: 0, cpuMs: 0, faults: 0, ops: 0, failures: 0})

const grouped = new Intl.NumberFormat('en-US')

/** Speed is that of one core, by the time that it worked. */
export function figures({seeds, virtualMs, cpuMs, faults, ops, failures}: Totals): string {
  const hours = (virtualMs / 3_600_000).toFixed(1)
  const calls = ops < 1_000_000 ? grouped.format(ops) : `${(ops / 1_000_000).toFixed(1)}M`
  const speed = cpuMs === 0 ? 0 : Math.round(virtualMs / cpuMs)
  return [
    `sim: ${grouped.format(seeds)} seeds`,
    `${hours} cluster-h`,
    `${grouped.format(faults)} faults`,
    `${calls} ops`,
    `x${speed}`,
    `${failures} failures`,
  ].join(', ')
}

/** For the gate's line of this layer. */
export function layerFigures({seeds, virtualMs, cpuMs, faults, ops}: Totals): Figures {
  const hours = virtualMs / 3_600_000
  return {seeds, 'cluster-hours': hours, faults, ops, 'times real time': cpuMs === 0 ? 0 : virtualMs / cpuMs}
}

export function isFailure({findings, error}: Pick<Verdict, 'findings' | 'error'>): boolean {
  return findings.length > 0 || error !== null
}

export function failureText({findings, error, lines}: Verdict, plan: Plan, replay: string): string {
  const broken = findings.map(({promise, rule, detail}) => `${promise} broken: ${rule}\n  ${detail}`)
  return [
    '',
    ...lines,
    '',
    ...plan.map((fault) => `  ${faultText(fault)}`),
    '',
    ...broken,
    ...(error === null ? [] : [error]),
    `replay: ${replay}`,
    '',
  ].join('\n')
}
