/**
 * The commands of the program, each loaded when it is run. The build writes down which there are (`bin/manifest.js`): their names
 * for the lines that run one, and all that help and completion say of them.
 */
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {readText} from '../admin/text-file.js'
import {systemDisk} from '../env/disk.js'
import type {Known} from './command-line.js'
import type {Completable, CompletableCommand} from './completion/completer.js'
import type {Language} from './global-flags.js'

interface Names {
  /** Their files below `dist/commands`, by id. */
  readonly commands: Readonly<Record<string, string>>
  /** Ids, by other names. */
  readonly aliases: Readonly<Record<string, string>>
}

interface Manifest {
  readonly commands: Readonly<Record<string, CompletableCommand>>
}

interface Package {
  readonly oclif: {readonly topics: Readonly<Record<string, {readonly description: string}>>}
}

interface CommandFile {
  readonly default: {run(argv: readonly string[], commands: CommandSet): Promise<void>}
}

export class CommandSet implements Known {
  readonly commands: ReadonlySet<string>
  readonly suggestions: readonly string[]

  private constructor(
    private readonly root: string,
    private readonly names: Names,
  ) {
    this.suggestions = Object.keys(names.commands)
    this.commands = new Set([...this.suggestions, ...Object.keys(names.aliases)])
  }

  /** `root` is the folder of package.json. */
  static async read(root: string): Promise<CommandSet> {
    return new CommandSet(root, (await readJson(root, 'dist/command-names.json')) as Names)
  }

  /** `id` is one of `commands`. */
  async run(id: string, argv: readonly string[]): Promise<void> {
    const path = this.names.commands[this.names.aliases[id] ?? id] ?? ''
    const file: CommandFile = await import(pathToFileURL(join(this.root, 'dist', 'commands', path)).href)
    await file.default.run(argv, this)
  }

  /** Errors: those of a subject that is neither a command nor a topic. */
  async showHelp(subject: readonly string[], language: Language): Promise<void> {
    const [{Config}, Help] = await Promise.all([import('@oclif/core/config'), helpIn(language)])
    const config = await Config.load({root: this.root, userPlugins: false, jitPlugins: false})
    await new Help(config, {docopts: false, stripAnsi: (process.env.NO_COLOR ?? '') !== ''}).showHelp([...subject])
  }

  completable(): Promise<Omit<Completable, 'values'>> {
    return completableAt(this.root)
  }
}

async function helpIn(language: Language) {
  if (language === 'zh') return (await import('./words/chinese/help.js')).ChineseHelp
  return (await import('@oclif/core/help')).Help
}

/** What is completed without running anything. */
export async function completableAt(root: string): Promise<Omit<Completable, 'values'>> {
  const [manifest, {oclif}] = (await Promise.all([
    readJson(root, 'oclif.manifest.json'),
    readJson(root, 'package.json'),
  ])) as [Manifest, Package]
  const topics = new Map(Object.entries(oclif.topics).map(([name, {description}]) => [name, description]))
  return {commands: Object.values(manifest.commands), topics}
}

async function readJson(root: string, path: string): Promise<unknown> {
  return JSON.parse(await readText(systemDisk, join(root, path)))
}
