import {evidenceText} from '../admin/doctor/output/sarif.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {Cause} from '../admin/why/cause.js'
import type {Result, View} from './view.js'

function causeView(catalogue: Catalogue): View<Cause> {
  return {
    name: ({message}) => message.id,
    columns: {
      cause: {get: ({message}) => textOf(message, catalogue)},
      evidence: {get: ({evidence}) => evidence.map(evidenceText)},
      next: {get: ({next}) => next},
    },
  }
}

/** The tree as people read it; JSON has it whole. */
export function causeResult(cause: Cause, catalogue: Catalogue, source: string | null): Result<Cause> {
  const text = `${linesOf(cause, catalogue, '').join('\n')}\n`
  return {rows: [cause], source, warnings: [], view: causeView(catalogue), text}
}

function linesOf({message, evidence, because, next}: Cause, catalogue: Catalogue, indent: string): string[] {
  const below = `${indent}  `
  return [
    `${indent === '' ? '' : `${indent.slice(2)}← `}${textOf(message, catalogue)}`,
    ...evidence.map((one) => `${below}  ${evidenceText(one)}`),
    ...because.flatMap((one) => linesOf(one, catalogue, below)),
    ...(next === null ? [] : [`${below}→ ${next}`]),
  ]
}
