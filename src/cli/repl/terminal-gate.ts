/**
 * Who reads the keyboard. While a command runs it is the command: a prompt of its own must get the keys, and Ctrl-C must come as
 * a signal. What was pasted behind the line that runs is kept for the REPL, and never answers a question it was not meant for.
 */
import type {ReadStream} from 'node:tty'

type Listener = (...args: unknown[]) => void

/** Takes the keyboard from whoever listens; returns the way to give it back, which is called with what asks for the next line. */
export function takeKeyboard(stdin: ReadStream): (prompt: () => void) => void {
  const listeners = stdin.rawListeners('keypress') as Listener[]
  const kept: unknown[][] = []
  const keep: Listener = (...key) => void kept.push(key)
  for (const listener of listeners) stdin.removeListener('keypress', listener)
  // the rest of the chunk that held the line is still being told
  stdin.on('keypress', keep)
  setImmediate(() => stdin.removeListener('keypress', keep))
  stdin.setRawMode(false)
  stdin.pause()
  return (prompt) => {
    stdin.removeListener('keypress', keep)
    // before the prompt: whoever sees it types
    stdin.setRawMode(true)
    prompt()
    for (const listener of listeners) stdin.on('keypress', listener)
    stdin.resume()
    for (const key of kept) stdin.emit('keypress', ...key)
  }
}
