/**
 * Every command in one page of Markdown, from the manifest that help is made of: what is documented is what there is.
 */
export interface ManifestFlag {
  readonly name: string
  readonly char?: string
  readonly type: 'boolean' | 'option'
  readonly description?: string
  readonly helpGroup?: string
  readonly helpValue?: string | readonly string[]
  readonly options?: readonly string[]
  readonly env?: string
  readonly default?: unknown
  readonly hidden?: boolean
}

export interface ManifestArgument {
  readonly name: string
  readonly description?: string
  readonly required?: boolean
  readonly options?: readonly string[]
  readonly multiple?: boolean
}

export interface ManifestCommand {
  readonly id: string
  readonly summary?: string
  readonly description?: string
  readonly aliases: readonly string[]
  readonly examples?: readonly string[]
  readonly hidden?: boolean
  readonly flags: Readonly<Record<string, ManifestFlag>>
  readonly args: Readonly<Record<string, ManifestArgument>>
}

export interface Manifest {
  readonly commands: Readonly<Record<string, ManifestCommand>>
}

/** The groups of the flags that every command has, in the order in which they are told. */
const globalGroups = ['TARGET', 'OUTPUT', 'CHANGES'] as const

export function referencePage({commands}: Manifest): string {
  const shown = Object.values(commands)
    .filter(({hidden}) => hidden !== true)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const [first] = shown
  const sections = [
    '# Commands of vearchctl',
    'Generated from the help of the commands by `npm run docs`.',
    ...shown.map(commandSection),
    '## Flags of every command',
    'They may stand before the command, too.',
    ...globalGroups.map(
      (group) => `### ${group}\n\n${flagLines(first?.flags ?? {}, (flag) => flag.helpGroup === group)}`,
    ),
  ]
  return `${sections.join('\n\n')}\n`
}

function commandSection({id, summary, description, aliases, examples = [], flags, args}: ManifestCommand): string {
  const name = id.replaceAll(':', ' ')
  const own = flagLines(flags, ({helpGroup}) => !globalGroups.some((group) => group === helpGroup))
  const parts = [
    `## ${name}`,
    summary,
    `\`\`\`sh\n${['vearchctl', name, ...Object.values(args).map(argumentUsage)].join(' ')}\n\`\`\``,
    description,
    Object.values(args).map(argumentLine).join('\n'),
    own,
    aliases.length === 0 ? '' : `Also: ${aliases.map((alias) => `\`${alias.replaceAll(':', ' ')}\``).join(', ')}.`,
    `\`\`\`sh\n${examples.map((example) => example.replaceAll('<%= config.bin %>', 'vearchctl')).join('\n')}\n\`\`\``,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

function argumentUsage({name, required, multiple}: ManifestArgument): string {
  const word = `${name.toUpperCase()}${multiple ? '…' : ''}`
  return required ? word : `[${word}]`
}

function argumentLine({name, description = '', options}: ManifestArgument): string {
  return `- \`${name.toUpperCase()}\`: ${description}${oneOf(options)}`
}

function flagLines(flags: Readonly<Record<string, ManifestFlag>>, isWanted: (flag: ManifestFlag) => boolean): string {
  return Object.values(flags)
    .filter((flag) => flag.hidden !== true && isWanted(flag))
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
  default: initial,
}: ManifestFlag): string {
  const value = type === 'boolean' ? '' : ` ${helpValue ?? 'VALUE'}`
  const short = char === undefined ? '' : `-${char}, `
  const facts = [env === undefined ? '' : `\`${env}\``, initial === undefined ? '' : `${initial} if not said`]
  const more = facts.filter((fact) => fact !== '')
  return `- \`${short}--${name}${value}\`: ${description}${oneOf(options)}${more.length === 0 ? '' : ` (${more.join('; ')})`}`
}

function oneOf(options: readonly string[] | undefined): string {
  return options === undefined ? '' : `; one of ${options.join(', ')}`
}
