/**
 * What is pasted is one text, on terminals that say so (bracketed paste): it is put into the line and waits for Enter, however
 * many lines it has, and a tab in it is no question. Lines of it are told apart by `lineMark`, and run one after the other.
 */
import type {ReadStream} from 'node:tty'
import {isIncomplete} from './line.js'

/** Between two pasted lines, where one line is edited. */
export const lineMark = '⏎'

/** For the terminal: say where a paste begins and ends, or do so no more. */
const tellPastes = '\u001B[?2004h'
const tellNothing = '\u001B[?2004l'

interface Key {
  readonly name?: string
}
type Listener = (text: string | undefined, key: Key) => void

export class Pastes {
  #begun: string | null = null

  /** `insert` puts a text into the line. */
  constructor(
    private readonly screen: {write(text: string): unknown},
    private readonly insert: (text: string) => void,
  ) {}

  /** From now on those who listen to keys do not hear those of a paste. */
  listen(keyboard: ReadStream): void {
    const listeners = keyboard.rawListeners('keypress') as Listener[]
    for (const listener of listeners) keyboard.removeListener('keypress', listener)
    keyboard.on('keypress', (text: string | undefined, key: Key) => {
      if (!this.#take(text, key)) for (const listener of listeners) listener.call(keyboard, text, key)
    })
    this.begin()
  }

  begin(): void {
    this.screen.write(tellPastes)
  }

  /** Whoever reads the keyboard next does not know of pastes. */
  end(): void {
    this.#begun = null
    this.screen.write(tellNothing)
  }

  #take(text: string | undefined, {name}: Key): boolean {
    if (name === 'paste-start') {
      this.#begun = ''
      return true
    }
    if (this.#begun === null) return false
    if (name !== 'paste-end') this.#begun += text ?? ''
    else {
      const pasted = this.#begun
      this.#begun = null
      this.insert(inOneLine(pasted))
    }
    return true
  }
}

export function inOneLine(pasted: string): string {
  const lines = pasted.trimEnd().split(/\r\n|\r|\n/)
  return lines
    .join(lineMark)
    .replaceAll('\t', ' ')
    .replace(/\p{Cc}/gu, '')
}

/** The lines of a text that was pasted, each as long as it goes on. */
export function pastedLines(pasted: string): string[] {
  const lines: string[] = []
  let begun = ''
  for (const line of pasted.split(lineMark)) {
    const text = begun + line
    begun = isIncomplete(text) ? `${text}\n` : ''
    if (begun === '') lines.push(text)
  }
  return begun === '' ? lines : [...lines, begun]
}
