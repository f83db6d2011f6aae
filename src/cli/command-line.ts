/**
 * What the words of a command line mean, before any command is loaded. Pure.
 */
import {distance} from 'fastest-levenshtein'
import {globalFlags, globalSwitches, watchDefault} from './global-flags.js'
import {topicNamed} from './topic-name.js'

export type Meaning =
  | {readonly type: 'command'; readonly id: string; readonly argv: readonly string[]}
  | {readonly type: 'help'; readonly id: string | null}
  | {readonly type: 'unknown'; readonly words: string; readonly nearest: string | null}

export interface Known {
  /** `partitions:list`; aliases too. */
  readonly commands: ReadonlySet<string>
  /** What a wrong command may be compared with: no aliases. */
  readonly suggestions: readonly string[]
}

export function understand(argv: readonly string[], known: Known): Meaning {
  const [typed = '', ...rest] = hoistGlobals(argv.map(withDefaultValue))
  const first = topicNamed(typed, known.suggestions)
  const words = [first, ...rest]
  const asked = leadingWords(words)
  const wantsHelp = isHelpWanted(words)
  if (asked.length === 0) return {type: 'help', id: null}
  if (first === 'help' && !known.commands.has(asked.slice(0, 2).join(':'))) {
    return understand([...rest, '--help'], known)
  }
  for (let length = asked.length; length > 0; length--) {
    const id = asked.slice(0, length).join(':')
    if (!known.commands.has(id)) continue
    return wantsHelp ? {type: 'help', id} : {type: 'command', id, argv: words.slice(length)}
  }
  if (isTopic(asked.join(':'), known)) return {type: 'help', id: asked.join(':')}
  return {type: 'unknown', words: asked.join(' '), nearest: nearestCommand(asked, known.suggestions)}
}

/** Global flags before the command go behind it: `--json partitions list` is `partitions list --json`. */
export function hoistGlobals(argv: readonly string[]): string[] {
  const flags: string[] = []
  let at = 0
  for (; at < argv.length && argv[at]?.startsWith('-'); at++) {
    const word = argv[at] ?? ''
    if (word === '--') break
    flags.push(word)
    const takesValue = !word.includes('=') && !globalSwitches.has(longName(word))
    const value = argv[at + 1]
    if (takesValue && value !== undefined) {
      flags.push(value)
      at++
    }
  }
  const rest = argv.slice(at)
  const end = rest.indexOf('--')
  return end < 0 ? [...rest, ...flags] : [...rest.slice(0, end), ...flags, ...rest.slice(end)]
}

/** The one flag whose value may be left out, which the command line library does not know. */
function withDefaultValue(word: string): string {
  return word === '--watch' || word === '-w' ? `--watch=${watchDefault}` : word
}

function longName(word: string): string {
  if (word.startsWith('--')) return word.slice(2)
  const named = Object.entries(globalFlags).find(([, flag]) => 'char' in flag && flag.char === word.slice(1))
  return word === '-h' ? 'help' : (named?.[0] ?? '')
}

function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  return argv.slice(0, end < 0 ? argv.length : end).filter((word) => word !== '')
}

function isHelpWanted(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => word === '--help' || word === '-h')
}

function isTopic(id: string, {suggestions}: Known): boolean {
  return suggestions.some((command) => command.startsWith(`${id}:`))
}

/** By as many words as the command has, so that a wrong argument does not count. */
function nearestCommand(words: readonly string[], suggestions: readonly string[]): string | null {
  const ranked = suggestions
    .map((id) => {
      const name = id.replaceAll(':', ' ')
      const asked = words.slice(0, name.split(' ').length).join(' ')
      return {name, off: distance(asked, name) / name.length}
    })
    .sort((a, b) => a.off - b.off)
  const [best] = ranked
  return best !== undefined && best.off <= 0.4 ? best.name : null
}
