/**
 * Every command in one page of Markdown, from the manifest that help is made of: what is documented is what there is.
 */
import {
  argumentNames,
  type Manifest,
  type ManifestCommand,
  type ManifestFlag,
  type ManifestParameter,
} from './manifest.js'

/** The groups of the flags that every command has, in the order in which they are told. */
const globalGroups = ['TARGET', 'OUTPUT', 'CHANGES'] as const

export function referencePage({commands, flags}: Manifest): string {
  const sections = [
    '# Commands of vearchctl',
    'Generated from the help of the commands by `npm run docs`.',
    ...Object.values(commands)
      .filter(({hidden}) => hidden !== true)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(commandSection),
    '## Flags of every command',
    'They may stand before the command, too.',
    ...globalGroups.map(
      (group) => `### ${group}\n\n${flagLines(Object.values(flags).filter(({helpGroup}) => helpGroup === group))}`,
    ),
  ]
  return `${sections.join('\n\n')}\n`
}

function commandSection(command: ManifestCommand): string {
  const {id, summary, description, aliases = [], examples = [], flags} = command
  const name = id.replaceAll(':', ' ')
  const args = Object.values(command.args)
  const parts = [
    `## ${name}`,
    summary,
    `\`\`\`sh\n${['vearchctl', name, ...argumentNames(command)].join(' ')}\n\`\`\``,
    description,
    args.map(argumentLine).join('\n'),
    flagLines(Object.values(flags)),
    aliases.length === 0 ? '' : `Also: ${aliases.map((alias) => `\`${alias.replaceAll(':', ' ')}\``).join(', ')}.`,
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

function argumentLine({name, description = '', options}: ManifestParameter): string {
  return `- \`${name.toUpperCase()}\`: ${description}${oneOf(options)}`
}

function flagLines(flags: readonly ManifestFlag[]): string {
  return flags
    .filter(({hidden}) => hidden !== true)
    .map(flagLine)
    .join('\n')
}

function flagLine({
  name,
  char,
  type,
  description = '',
  helpValue,
  options,
  env,
  allowNo,
  default: initial,
}: ManifestFlag): string {
  const value = type === 'boolean' ? '' : ` ${helpValue ?? 'VALUE'}`
  const short = char === undefined ? '' : `-${char}, `
  const facts = [
    env === undefined ? '' : `\`${env}\``,
    initial === undefined || type === 'boolean' ? '' : `${initial} if not said`,
  ]
  const more = facts.filter((fact) => fact !== '')
  return `- \`${short}--${allowNo === true ? '[no-]' : ''}${name}${value}\`: ${description}${oneOf(options)}${more.length === 0 ? '' : ` (${more.join('; ')})`}`
}

function oneOf(options: readonly string[] | undefined): string {
  return options === undefined ? '' : `; one of ${options.join(', ')}`
}
