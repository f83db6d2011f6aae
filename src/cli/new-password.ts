import {readText} from '../admin/text-file.js'
import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'
import {passwordPrompt} from './approve.js'
import type {Words} from './words/words.js'

/** The password that a new user is to have: of a file, or asked for. Errors: UNCONFIRMED where there is nobody to ask. */
export async function newPassword(
  user: string,
  {file, disk, words}: {readonly file: string | null; readonly disk: Disk; readonly words: Words},
): Promise<string> {
  if (file !== null) return (await readText(disk, file)).replace(/\r?\n$/, '')
  const ask = passwordPrompt(words)
  if (ask !== null) return ask(user)
  throw new CodedError('UNCONFIRMED', `no password for ${user}, and nobody is at the terminal`, {
    hint: 'name a file with --new-password-file',
  })
}
