/**
 * Lines that were typed, in a file for each context: one JSON object a line, readable by its owner only, only ever appended to.
 *
 * A line that may hold a secret, or that begins with a space, is not kept: neither in the file nor for the arrow keys.
 */
import {join} from 'node:path'
import type {Clock} from '../../env/clock.js'
import type {Disk} from '../../env/disk.js'
import {appendPrivately, writePrivately} from '../../env/private-file.js'
import {jsonText} from '../json-text.js'

/** What the arrow keys reach. */
export const historyLinesMax = 1_000
/** A file with more is cut to those. */
const fileLinesMax = 5_000

export interface HistoryEntry {
  readonly cmd: string
  readonly context: string | null
  readonly cwd: string
  readonly rc: number
  readonly ms: number
}

export class History {
  readonly path: string
  #writing: Promise<void> = Promise.resolve()

  constructor(
    stateDirectory: string,
    context: string | null,
    private readonly env: {readonly disk: Disk; readonly clock: Clock},
  ) {
    const of = context === null ? '' : `-${encodeURIComponent(context)}`
    this.path = join(stateDirectory, `history${of}.jsonl`)
  }

  /** The newest first. A line that cannot be read is left out. */
  async read(): Promise<string[]> {
    const bytes = await this.env.disk.readFile(this.path).catch(() => null)
    const lines = bytes === null ? [] : new TextDecoder().decode(bytes).split('\n').slice(0, -1)
    if (lines.length > fileLinesMax) await writePrivately(this.path, `${lines.slice(-historyLinesMax).join('\n')}\n`)
    const commands = lines.slice(-historyLinesMax).flatMap(commandIn).reverse()
    return commands.filter((command, at) => command !== commands[at - 1])
  }

  /** A history that cannot be written stops no command. */
  append(entry: HistoryEntry): void {
    if (!isKept(entry.cmd)) return
    const line = `${jsonText({t: this.env.clock.wallMs(), ...entry})}\n`
    this.#writing = this.#writing.then(() => appendPrivately(this.path, line)).catch(() => {})
  }

  /** Resolves when everything is on disk. */
  flush(): Promise<void> {
    return this.#writing
  }
}

const secret = /passw(?:or)?d(?!-file)|passphrase|token|secret|signkey|\bapi.?key|\bmeta\s+(?:put|edit)\b.*\buser\b/i

export function isKept(line: string): boolean {
  return line.trim() !== '' && !line.startsWith(' ') && !secret.test(line)
}

function commandIn(line: string): string[] {
  try {
    const {cmd} = JSON.parse(line) as Partial<HistoryEntry>
    return typeof cmd === 'string' ? [cmd] : []
  } catch {
    return []
  }
}
