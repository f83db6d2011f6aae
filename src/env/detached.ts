/**
 * This program started anew in the background, and the one line that it says to the process which started it, over a pipe of
 * its own: that it is ready, or why it is not going to be.
 */
import {spawn} from 'node:child_process'
import {closeSync, openSync, writeSync} from 'node:fs'
import type {Readable} from 'node:stream'

/** Names the pipe to the one who was started. */
const variable = 'VEARCHCTL_READY_FD'
const pipe = 3

export interface Detached {
  readonly pid: number
  /** Null: it ended without a word. */
  readonly word: Promise<string | null>
  /** Listens no longer; it goes on. */
  leave(): void
}

/** It lives on when we end. What it prints goes to the end of the file `output`, or nowhere. */
export function startDetached(words: readonly string[], output: string | null = null): Detached {
  const [, program = ''] = process.argv
  const file = output === null ? 'ignore' : openSync(output, 'a', 0o600)
  const child = spawn(process.execPath, [program, ...words], {
    detached: true,
    stdio: ['ignore', file, file, 'pipe'],
    env: {...process.env, [variable]: String(pipe)},
  })
  if (file !== 'ignore') closeSync(file)
  const line = child.stdio[pipe] as Readable
  const word = new Promise<string | null>((resolve) => {
    let text = ''
    line.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    line.on('close', () => resolve(text === '' ? null : text))
    line.on('error', () => {})
    // that it could not be started is an end without a word
    child.on('error', () => resolve(null))
  })
  const leave = () => {
    line.destroy()
    child.unref()
  }
  return {pid: child.pid ?? 0, word, leave}
}

/** Says it to whoever started this process like that, once. Who has gone is not told. */
export function tellStarter(environment: NodeJS.ProcessEnv, word: string): void {
  const fd = Number(environment[variable])
  delete environment[variable]
  if (!(fd > 0)) return
  try {
    writeSync(fd, word)
    closeSync(fd)
  } catch {
    // it listens no longer
  }
}
