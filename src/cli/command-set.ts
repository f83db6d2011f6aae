/**
 * The commands of the program, each loaded when it is run. The build writes down which there are (`bin/manifest.js`): their names
 * for the lines that run one, and all that help and completion say of them.
 */
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {readText} from '../admin/text-file.js'
import {systemDisk} from '../env/disk.js'
import type {Known} from './command-line.js'
import type {Completable} from './completion/completer.js'
import type {Documented} from './help/help.js'
import {type Manifest, wholeCommand} from './manifest.js'

interface Names {
  /** Their files below `dist/commands`, by id. */
  readonly commands: Readonly<Record<string, string>>
  /** Ids, by other names. */
  readonly aliases: Readonly<Record<string, string>>
}

interface Package {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly oclif: {readonly topics: Readonly<Record<string, {readonly description: string}>>}
}

interface CommandFile {
  readonly default: {run(argv: readonly string[], commands: CommandSet, id: string): Promise<void>}
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
    await file.default.run(argv, this, id)
  }

  documented(): Promise<Documented> {
    return documentedAt(this.root)
  }

  completable(): Promise<Omit<Completable, 'values'>> {
    return completableAt(this.root)
  }
}

/** What is completed without running anything. */
export async function completableAt(root: string): Promise<Omit<Completable, 'values'>> {
  const {manifest, topics} = await documentedAt(root)
  return {commands: Object.values(manifest.commands).map((command) => wholeCommand(command, manifest)), topics}
}

async function documentedAt(root: string): Promise<Documented> {
  const [manifest, {name, version, description, oclif}] = (await Promise.all([
    readJson(root, 'dist/manifest.json'),
    readJson(root, 'package.json'),
  ])) as [Manifest, Package]
  const {platform, arch, version: node} = process
  return {
    about: description,
    version: `${name}/${version} ${platform}-${arch} node-${node}`,
    topics: new Map(Object.entries(oclif.topics).map(([topic, {description: meaning}]) => [topic, meaning])),
    manifest,
  }
}

async function readJson(root: string, path: string): Promise<unknown> {
  return JSON.parse(await readText(systemDisk, join(root, path)))
}
