import type {Figures} from '../harness/figures.js'
import {deeds} from './arena.js'
import type {Verdict} from './run.js'

export function figuresOf({done, history, undecided, violations, slowestRecoveryMs}: Verdict): Figures {
  const documents = new Set(history.map(({key}) => key.id)).size
  return {
    ...Object.fromEntries(deeds.map((deed) => [deed, done.get(deed) ?? 0])),
    ops: history.length,
    decided: {part: documents - undecided, of: documents},
    'ms at most to writes again': Math.round(slowestRecoveryMs),
    violations: violations.length,
  }
}
