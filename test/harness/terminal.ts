/** The compiled program on a real pseudo-terminal, typed at as a person does. The terminal is that of `script`, of util-linux. */
import {type ChildProcess, spawn} from 'node:child_process'
import {stripVTControlCharacters} from 'node:util'
import {binary} from './cluster.js'
import {home} from './run-cli.js'
import {until} from './until.js'

export const keys = {
  enter: '\r',
  tab: '\t',
  up: '\u001B[A',
  down: '\u001B[B',
  interrupt: '\u0003',
  end: '\u0004',
  search: '\u0012',
}

export class TestTerminal {
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  #output = ''
  /** How much of the output, without its escapes, was waited for. */
  #read = 0

  /** `then`: what a shell does on the terminal when the program has ended; then it says first which process that is. */
  constructor(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    {rows = 40, columns = 120, then = ''} = {},
  ) {
    const command = [process.execPath, binary, ...args].map((word) => `'${word}'`).join(' ')
    const program = then === '' ? `exec ${command}` : `sh -c 'echo pid $$; exec "$@"' sh ${command}; ${then}`
    const child = spawn('script', ['-qfec', `stty rows ${rows} cols ${columns}; ${program}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {PATH: process.env.PATH, HOME: home, TERM: 'xterm', SHELL: '/bin/sh', ...environment},
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('close', (code) => resolve(code)))
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Tab has to come by itself: within a pasted text it is a character as any other. */
  async complete(typed: string, shown: string): Promise<void> {
    this.type(typed)
    await this.shows(typed)
    this.#read -= typed.length
    this.type(keys.tab)
    await this.shows(shown)
  }

  /** Types a line once the prompt is there. */
  async enter(line: string, prompt = '> '): Promise<void> {
    await this.shows(prompt)
    this.type(`${line}${keys.enter}`)
  }

  /** Waits for the text behind what was waited for before, and returns all that stands between. */
  async shows(text: string): Promise<string> {
    const fresh = () => stripVTControlCharacters(this.#output).replaceAll('\r', '').slice(this.#read)
    await until(`the terminal shows ${JSON.stringify(text)}`, () => fresh().includes(text), 40_000).catch(
      (thrown: Error) => {
        throw new Error(`${thrown.message}; it shows:\n${fresh()}`)
      },
    )
    const [between = ''] = fresh().split(text)
    this.#read += between.length + text.length
    return between
  }

  /** All that was written to the terminal, with its escapes. */
  get output(): string {
    return this.#output
  }

  /** The exit code. */
  exited(): Promise<number | null> {
    return this.#exited
  }

  /** The terminal is gone, and whoever ran on it is told. */
  hangUp(): void {
    this.#child.kill('SIGTERM')
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}
