import {exitCode} from '../errors/codes.js'
import type {View} from './view.js'
import type {Words} from './words/words.js'

export interface ExitRow {
  readonly exit: number
  readonly meaning: string
}

export function exitRows({exits}: Words): ExitRow[] {
  return Object.entries(exitCode).map(([name, exit]) => ({exit, meaning: exits[name as keyof typeof exitCode]}))
}

export const exitView: View<ExitRow> = {
  name: ({exit}) => String(exit),
  columns: {exit: {get: ({exit}) => exit}, meaning: {get: ({meaning}) => meaning}},
}
