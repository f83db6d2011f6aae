/**
 * Help: the pages of the program, of a topic and of a command. What they say is in the commands and comes from the manifest, so that
 * neither a command nor the command line library is loaded to show it.
 *
 * Reading order: `show-help.ts` (for whom), this (what is on a page), `words.ts` (in which language), `layout.ts` (how it
 * becomes text).
 */
import {
  argumentNames,
  type Manifest,
  type ManifestCommand,
  type ManifestFlag,
  type ManifestParameter,
  wholeCommand,
} from '../manifest.js'
import type {Entry, Section} from './layout.js'
import type {HelpWords} from './words.js'

export interface Documented {
  /** What the program says of itself. */
  readonly about: string
  readonly version: string
  /** Descriptions, by names as they are typed: `space config`. */
  readonly topics: ReadonlyMap<string, string>
  readonly manifest: Manifest
}

/** Of a command or a topic, `meta:show`; null: of the program. */
export function helpPage(id: string | null, of: Documented, words: HelpWords): Section[] {
  if (id === null) return rootPage(of, words)
  const command = Object.values(of.manifest.commands).find((each) => each.id === id || each.aliases?.includes(id))
  return command === undefined
    ? topicPage(id, of, words)
    : commandPage(id, wholeCommand(command, of.manifest), of, words)
}

function rootPage(of: Documented, words: HelpWords): Section[] {
  const {version, usage} = words.headers
  return [
    {body: {prose: words.about(of.about)}},
    {header: version, body: {prose: of.version}},
    {header: usage, body: {lines: ['$ vearchctl [COMMAND]']}},
    ...below('', of, words),
  ]
}

function topicPage(id: string, of: Documented, words: HelpWords): Section[] {
  return [
    {body: {prose: topicMeaning(id, of, words)}},
    {header: words.headers.usage, body: {lines: [`$ vearchctl ${typed(id)} COMMAND`]}},
    ...below(`${id}:`, of, words),
  ]
}

function commandPage(id: string, command: ManifestCommand, of: Documented, words: HelpWords): Section[] {
  const {headers} = words
  const {aliases = [], examples = []} = command
  const names = argumentNames(command)
  const summary = words.summary(command)
  const description = words.description(command)
  const usage = ['$ vearchctl', typed(id), ...names].join(' ')
  const args = Object.values(command.args).map((each, at) => argumentEntry(names[at] ?? '', each, words))
  return [
    {body: {prose: summary}},
    {header: headers.usage, body: {prose: usage}},
    ...list(headers.arguments, args),
    ...flagSections(Object.values(command.flags), words),
    ...(description === '' ? [] : [{header: headers.description, body: {prose: `${summary}\n\n${description}`}}]),
    ...copied(
      headers.aliases,
      aliases.map((alias) => `$ vearchctl ${typed(alias)}`),
    ),
    ...copied(
      headers.examples,
      examples.flatMap((example, at) => [...(at === 0 ? [] : ['']), `$ ${example}`]),
    ),
    ...below(`${id}:`, of, words),
  ]
}

/** Topics and commands one word further; a command has a line for each of its names. */
function below(prefix: string, of: Documented, words: HelpWords): Section[] {
  const commands = Object.values(of.manifest.commands)
    .filter(({hidden}) => hidden !== true)
    .flatMap((command) => [command.id, ...(command.aliases ?? [])].map((id) => ({id, command})))
    .filter(({id}) => id.startsWith(prefix))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const deeper = commands.flatMap(({id, command}) => {
    const [word = '', ...more] = id.slice(prefix.length).split(':')
    // another name of a command makes no topic
    return more.length === 0 || id !== command.id ? [] : [prefix + word]
  })
  const topics = [...new Set(deeper)].map((id) => ({name: typed(id), meaning: topicMeaning(id, of, words)}))
  const here = commands
    .filter(({id}) => !id.slice(prefix.length).includes(':'))
    .map(({id, command}) => ({name: typed(id), meaning: words.summary(command)}))
  return [...list(words.headers.topics, topics), ...list(words.headers.commands, here)]
}

/** A topic may be a command, too. */
function topicMeaning(id: string, {topics, manifest}: Documented, words: HelpWords): string {
  const command = manifest.commands[id]
  const meaning = topics.get(typed(id))
  return meaning === undefined && command !== undefined ? words.summary(command) : words.topic(typed(id), meaning ?? '')
}

function argumentEntry(name: string, arg: ManifestParameter, words: HelpWords): Entry {
  const options = arg.options === undefined ? '' : `(${arg.options.join('|')}) `
  const meaning = words.parameter(arg.description ?? '')
  return {name, meaning: `${facts([initially(arg, words)])}${options}${meaning}`}
}

/** The command's own, then group by group; those with a letter first. */
function flagSections(flags: readonly ManifestFlag[], words: HelpWords): Section[] {
  const order = ({char, name}: ManifestFlag) => `${char ?? '~'} ${name}`
  const visible = flags.filter(({hidden}) => hidden !== true).sort((a, b) => (order(a) < order(b) ? -1 : 1))
  const groups = new Set([undefined, ...visible.map(({helpGroup}) => helpGroup)])
  return [...groups].flatMap((group) => {
    const members = visible.filter(({helpGroup}) => helpGroup === group)
    const hasChars = members.some(({char}) => char !== undefined)
    return list(
      words.headers.flags(group ?? null),
      members.map((flag) => flagEntry(flag, hasChars, words)),
    )
  })
}

function flagEntry(flag: ManifestFlag, hasChars: boolean, words: HelpWords): Entry {
  const {name, char, type, description = '', helpValue, options, env, multiple, required, allowNo} = flag
  const short = char === undefined ? (hasChars ? '    ' : '') : `-${char}, `
  const value = helpValue ?? (options === undefined ? '<value>' : '<option>')
  const known = facts([initially(flag, words), env === undefined ? null : `env: ${env}`])
  const must = required === true ? words.required : ''
  const among = options !== undefined && helpValue === undefined ? `\n${words.oneOf(options.join('|'))}` : ''
  return {
    name: `${short}--${allowNo === true ? '[no-]' : ''}${name}`,
    ...(type === 'boolean' ? {} : {value: `${value}${multiple === true ? '...' : ''}`}),
    meaning: `${must}${known}${words.parameter(description)}${among}`,
  }
}

function initially({default: value}: ManifestParameter, words: HelpWords): string | null {
  return value === undefined || value === '' || typeof value === 'boolean' ? null : words.initially(String(value))
}

function facts(all: readonly (string | null)[]): string {
  const known = all.filter((each) => each !== null)
  return known.length === 0 ? '' : `[${known.join(', ')}] `
}

function list(header: string, entries: readonly Entry[]): Section[] {
  return entries.length === 0 ? [] : [{header, body: {entries}}]
}

function copied(header: string, lines: readonly string[]): Section[] {
  return lines.length === 0 ? [] : [{header, body: {lines}}]
}

function typed(id: string): string {
  return id.replaceAll(':', ' ')
}
