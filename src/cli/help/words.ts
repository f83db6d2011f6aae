/** What help says around the texts of the commands, and where it finds these, in each language. */
import type {ManifestCommand} from '../manifest.js'

export interface HelpWords {
  readonly headers: {
    readonly version: string
    readonly usage: string
    readonly topics: string
    readonly commands: string
    readonly arguments: string
    readonly description: string
    readonly aliases: string
    readonly examples: string
    /** Of a group of flags; null: the command's own. */
    readonly flags: (group: string | null) => string
  }
  readonly required: string
  readonly initially: (value: string) => string
  readonly oneOf: (options: string) => string
  /** What the program is. */
  readonly about: (english: string) => string
  readonly topic: (name: string, english: string) => string
  readonly summary: (command: ManifestCommand) => string
  readonly description: (command: ManifestCommand) => string
  /** What a flag or an argument means. */
  readonly parameter: (english: string) => string
}

export const englishHelp: HelpWords = {
  headers: {
    version: 'VERSION',
    usage: 'USAGE',
    topics: 'TOPICS',
    commands: 'COMMANDS',
    arguments: 'ARGUMENTS',
    description: 'DESCRIPTION',
    aliases: 'ALIASES',
    examples: 'EXAMPLES',
    flags: (group) => (group === null ? 'FLAGS' : `${group} FLAGS`),
  },
  required: '(required) ',
  initially: (value) => `default: ${value}`,
  oneOf: (options) => `<options: ${options}>`,
  about: (english) => english,
  topic: (_name, english) => english,
  summary: ({summary = ''}) => summary,
  description: ({description = ''}) => description,
  parameter: (english) => english,
}
