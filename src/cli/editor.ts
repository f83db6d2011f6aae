import {spawn} from 'node:child_process'
import {CodedError} from '../errors/coded-error.js'

/** Opens a file in the person's editor and waits until it is closed. Errors: USAGE, UNCONFIRMED. */
export async function editFile(path: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const editor = environment.VISUAL || environment.EDITOR
  if (!editor) throw new CodedError('USAGE', 'no editor is named', {hint: `set EDITOR, or edit ${path} yourself`})
  const code = await new Promise<number | null>((resolve, reject) => {
    // as git does: the variable may hold arguments, and the shell takes them apart
    const child = spawn('sh', ['-c', `${editor} "$@"`, editor, path], {stdio: 'inherit'})
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new CodedError('UNCONFIRMED', `the editor ended with ${code}`)
}
