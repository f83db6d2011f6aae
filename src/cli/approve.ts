/**
 * Questions to the person at the terminal, on stderr. Where nobody is there, they are refused before anything is asked.
 */
import type {Proposal} from '../admin/changes/proposal.js'
import {CodedError} from '../errors/coded-error.js'
import {jsonText} from './json-text.js'
import {isInteractive, say} from './output.js'
import type {Words} from './words/words.js'

export interface Approval {
  /** `--yes`. */
  readonly yes: boolean
  /** `--confirm`. */
  readonly confirm: string | null
  /** The protected context in which it happens, if it is one. */
  readonly protectedContext: string | null
  readonly cluster: string
  readonly words: Words
}

/** Shows the plan, and asks whether it shall be. Errors: UNCONFIRMED. */
export async function approve(plan: Proposal, approval: Approval): Promise<void> {
  const {yes, confirm, protectedContext, cluster, words} = approval
  for (const {step, before, after} of plan.steps) say(`- ${step}${change(before, after)}`)
  const needsName = plan.isDestructive && protectedContext !== null
  if (needsName ? confirm === cluster : yes) return
  if (!isInteractive()) {
    throw needsName
      ? new CodedError('UNCONFIRMED', words.protectedContext(protectedContext), {hint: words.addConfirm(cluster)})
      : new CodedError('UNCONFIRMED', words.nobodyToAsk, {hint: words.addYes})
  }
  const agreed = needsName
    ? (await ask('input', words.typeCluster(cluster), words)) === cluster
    : await ask('confirm', words.goOn, words)
  if (agreed !== true) throw new CodedError('UNCONFIRMED', words.declined)
}

/** Null where nobody can be asked. */
export function passwordPrompt(words: Words): ((of: string) => Promise<string>) | null {
  if (!isInteractive()) return null
  return async (of) => String(await ask('password', words.password(of), words))
}

async function ask(type: 'confirm' | 'input' | 'password', message: string, {declined}: Words): Promise<unknown> {
  const {default: inquirer} = await import('inquirer')
  const prompt = inquirer.createPromptModule({output: process.stderr})
  const question = {type, name: 'answer', message, ...(type === 'confirm' ? {default: false} : {})}
  try {
    return (await prompt([question])).answer
  } catch (thrown) {
    // Ctrl-C, or the terminal is gone
    if (!(thrown instanceof Error) || thrown.name !== 'ExitPromptError') throw thrown
    throw new CodedError('CANCELED', declined, {cause: thrown})
  }
}

function change(before: unknown, after: unknown): string {
  if (before === null && after === null) return ''
  return `: ${brief(before)} → ${brief(after)}`
}

const briefMax = 60

function brief(value: unknown): string {
  if (value === null) return '–'
  const text = typeof value === 'string' ? value : jsonText(value)
  return text.length > briefMax ? `${text.slice(0, briefMax)}…` : text
}
