import {CodedError} from '../errors/coded-error.js'
import {say} from './output.js'

/**
 * Shows what is going to happen and asks whether it shall. Throws UNCONFIRMED when the answer is no, and, before anything
 * is asked, where nobody can answer.
 */
export async function confirm(plan: readonly string[], {yes}: {readonly yes: boolean}): Promise<void> {
  for (const line of plan) say(`- ${line}`)
  if (yes) return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CodedError('UNCONFIRMED', 'this needs a confirmation, and nobody is at the terminal', {
      hint: 'add --yes to do it without being asked',
    })
  }
  const {default: inquirer} = await import('inquirer')
  const ask = inquirer.createPromptModule({output: process.stderr})
  const {agreed} = await ask([{type: 'confirm', name: 'agreed', message: 'Go on?', default: false}])
  if (!agreed) throw new CodedError('UNCONFIRMED', 'nothing was done')
}
