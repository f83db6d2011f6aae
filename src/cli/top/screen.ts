/**
 * A terminal that is painted as a whole and asked key by key.
 *
 * - It is on the terminal's other screen, so what stood there before is there again afterwards.
 * - Only lines that have changed are written, in one piece: nothing flickers.
 * - However it ends, the terminal is given back: by `close`, and at the latest when the process exits, whatever made it.
 * - A terminal that is gone, and a signal that ends the process, are told once by `onEnd`; a signal has its usual effect when the
 *   screen is closed, unless somebody else takes it.
 */
import {emitKeypressEvents} from 'node:readline'
import type {ReadStream, WriteStream} from 'node:tty'
import type {Key} from './top-state.js'

export interface ScreenOptions {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  onKey(key: Key): void
  onResize(): void
  onEnd(): void
}

/** The other screen, no cursor, no line that goes on in the next. */
const enter = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J'
const leave = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const signals = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
/** Of a terminal that does not say. */
const sizeDefault = {rows: 24, columns: 80}

interface TypedKey {
  readonly name?: string | undefined
  readonly sequence?: string
  readonly ctrl?: boolean
}

export class Screen {
  #shown: readonly string[] = []
  #isOpen = false
  #signal: NodeJS.Signals | null = null

  constructor(private readonly options: ScreenOptions) {}

  get size(): {readonly rows: number; readonly columns: number} {
    const {rows, columns} = this.options.stdout
    return {rows: rows || sizeDefault.rows, columns: columns || sizeDefault.columns}
  }

  open(): void {
    const {stdin, stdout} = this.options
    this.#isOpen = true
    process.once('exit', this.#restore)
    for (const name of signals) process.on(name, this.#onSignal)
    emitKeypressEvents(stdin)
    stdin.setRawMode(true)
    stdin.on('keypress', this.#onKeypress)
    for (const event of ['end', 'close', 'error'] as const) stdin.on(event, this.#onGone)
    stdout.on('error', this.#onGone)
    stdout.on('resize', this.#onResize)
    stdout.write(enter)
    stdin.resume()
  }

  paint(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const changed: string[] = []
    for (let at = 0; at < Math.max(lines.length, this.#shown.length); at++) {
      if (lines[at] !== this.#shown[at]) changed.push(`\u001B[${at + 1};1H${lines[at] ?? ''}\u001B[K`)
    }
    this.#shown = lines
    if (changed.length > 0) this.options.stdout.write(changed.join(''))
  }

  close(): void {
    if (!this.#isOpen) return
    const {stdin, stdout} = this.options
    this.#restore()
    process.removeListener('exit', this.#restore)
    stdin.removeListener('keypress', this.#onKeypress)
    stdin.pause()
    for (const event of ['end', 'close', 'error'] as const) stdin.removeListener(event, this.#onGone)
    stdout.removeListener('error', this.#onGone)
    stdout.removeListener('resize', this.#onResize)
    for (const name of signals) process.removeListener(name, this.#onSignal)
    const signal = this.#signal
    if (signal !== null && process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }

  readonly #restore = () => {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.options.stdin.setRawMode(false)
    } catch {
      // the terminal is gone, and its mode with it
    }
    this.options.stdout.write(leave)
  }

  readonly #onKeypress = (text: string | undefined, {name, sequence, ctrl = false}: TypedKey) => {
    this.options.onKey({name: name ?? text ?? sequence ?? '', isCtrl: ctrl})
  }

  readonly #onResize = () => {
    this.#shown = []
    this.options.stdout.write('\u001B[2J')
    this.options.onResize()
  }

  readonly #onSignal = (name: NodeJS.Signals) => {
    this.#signal = name
    this.options.onEnd()
  }

  readonly #onGone = () => this.options.onEnd()
}
