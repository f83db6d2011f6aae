/** The plugin protocol of Nagios: one line with performance data, and an exit code of its own. */
import {toCodedError} from '../../errors/coded-error.js'
import {type Catalogue, textOf} from '../messages/message.js'
import type {Health, HealthWord} from './health.js'

export const nagiosExit: Readonly<Record<HealthWord, number>> = {OK: 0, DEGRADED: 1, CRITICAL: 2, UNKNOWN: 3}
const nagiosWord: Readonly<Record<HealthWord, string>> = {
  OK: 'OK',
  DEGRADED: 'WARNING',
  CRITICAL: 'CRITICAL',
  UNKNOWN: 'UNKNOWN',
}

export function nagiosText({word, writable, readable, nodes, reasons}: Health, words?: Catalogue): string {
  const [first] = reasons
  // a bar begins the performance data
  const why = first === undefined ? '' : `; ${textOf(first, words).replaceAll(/[|\n]/g, ' ')}`
  const figures = [
    `writable=${writable.count};;;0;${writable.of}`,
    `readable=${readable.count};;;0;${readable.of}`,
    `nodes_up=${nodes.up}`,
    `nodes_failed=${nodes.failed}`,
    `nodes_silent=${nodes.silent}`,
  ]
  const state = `writable ${writable.count}/${writable.of}, readable ${readable.count}/${readable.of}`
  return `VEARCH ${nagiosWord[word]} - ${state}${why} | ${figures.join(' ')}`
}

/** Where the cluster could not be looked at. */
export function nagiosUnknown(thrown: unknown): string {
  const {errorName, detail} = toCodedError(thrown)
  return `VEARCH UNKNOWN - ${(detail || errorName).replaceAll(/[|\n]/g, ' ')}`
}
