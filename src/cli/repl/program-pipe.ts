import {spawn} from 'node:child_process'
import {CodedError} from '../../errors/coded-error.js'

/** Runs a command of the person's shell with `input` as its stdin. Errors: USAGE where it ends with a failure. */
export async function pipeToProgram(command: string, input: string): Promise<void> {
  const child = spawn('sh', ['-c', command], {stdio: ['pipe', 'inherit', 'inherit']})
  // one that has seen enough may close its end
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new CodedError('USAGE', `${command} ended with ${code}`)
}
