/** The process's own streams: data to stdout, all else to stderr. */
export function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve())
  })
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A reader that has seen enough (`| head`) is no error: what is left is not written and the command ends as usual. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // EIO: the terminal is gone
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    })
  }
}

export function hasColors(stream: NodeJS.WriteStream, color: 'auto' | 'always' | 'never'): boolean {
  if ((process.env.NO_COLOR ?? '') !== '' || color === 'never') return false
  return color === 'always' || (stream.isTTY === true && process.env.TERM !== 'dumb')
}

/** In columns; null where stdout is no terminal, or one that does not know its width and says 0. */
export function terminalWidth(): number | null {
  return process.stdout.isTTY ? process.stdout.columns || null : null
}

/** Whether somebody can be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Whether a terminal that can be painted as a whole shows what is written, and has a keyboard. */
export function isOnScreen(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}
