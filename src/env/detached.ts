import {spawn} from 'node:child_process'

/** Starts this program anew with other words; it lives on when we end, and says what it has to say in its own log. */
export function startDetached(words: readonly string[]): void {
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [program, ...words], {detached: true, stdio: 'ignore'})
  // that it could not be started shows as a server that does not come back
  child.on('error', () => {})
  child.unref()
}
