import {spawn} from 'node:child_process'
import {readText} from '../admin/text-file.js'
import {systemDisk} from '../env/disk.js'
import {writePrivately} from '../env/private-file.js'
import {CodedError} from '../errors/coded-error.js'

/** Opens a file in the person's editor and waits until it is closed. Errors: USAGE, UNCONFIRMED. */
export async function editFile(path: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const editor = editorOf(environment, `edit ${path} yourself`)
  const code = await new Promise<number | null>((resolve, reject) => {
    // as git does: the variable may hold arguments, and the shell takes them apart
    const child = spawn('sh', ['-c', `${editor} "$@"`, editor, path], {stdio: 'inherit'})
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new CodedError('UNCONFIRMED', `the editor ended with ${code}`)
}

function editorOf({VISUAL, EDITOR}: NodeJS.ProcessEnv, instead: string): string {
  const editor = VISUAL || EDITOR
  if (editor) return editor
  throw new CodedError('USAGE', 'no editor is named', {hint: `set EDITOR, or ${instead}`})
}

/** Has a person edit a text in the file at `path`, which only its owner can read and which stays for the caller to remove. */
export async function editText(text: string, path: string, environment: NodeJS.ProcessEnv): Promise<string> {
  // before the text, which may hold passwords, lies in a file that nobody removes
  editorOf(environment, 'write it with vearchctl meta put')
  await writePrivately(path, text)
  await editFile(path, environment)
  return readText(systemDisk, path)
}
