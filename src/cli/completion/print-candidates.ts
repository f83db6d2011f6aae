/**
 * `vearchctl __complete WORD…`: what could stand in the place of the last word. A shell asks at every Tab, so this loads neither the
 * command line library nor any command: commands and flags come from the manifest. Ids and names are read from the cluster that the
 * line would ask, within a second; where that fails there are none, and never an error on the line that somebody types.
 */
import {join} from 'node:path'
import {readText} from '../../admin/text-file.js'
import {systemDisk} from '../../env/disk.js'
import {write} from '../output.js'
import {type Completable, type CompletableCommand, completeWords, type ValuesOf} from './completer.js'
import type {ValueKind} from './value-kinds.js'

interface Manifest {
  readonly commands: Readonly<Record<string, CompletableCommand>>
}

interface Package {
  readonly oclif: {readonly topics: Readonly<Record<string, {readonly description: string}>>}
}

export async function printCandidates(argv: readonly string[], root: string): Promise<void> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await readText(systemDisk, join(root, name)))
  const [manifest, {oclif}] = (await Promise.all([read('oclif.manifest.json'), read('package.json')])) as [
    Manifest,
    Package,
  ]
  const words = argv.slice(0, -1)
  const typed = argv.at(-1) ?? ''
  const commands = Object.values(manifest.commands)
  const topics = new Map(Object.entries(oclif.topics).map(([name, {description}]) => [name, description]))
  const complete = (values: ValuesOf) => completeWords(words, typed, {commands, topics, values})
  const candidates = await withValues(complete, {commands, words})
  await write(candidates.map(({value, description}) => `${value}\t${description.replace(/\s+/g, ' ')}\n`).join(''))
}

/** Values are fetched only where the place asks for them. */
async function withValues(
  complete: (values: ValuesOf) => ReturnType<typeof completeWords>,
  line: {readonly commands: Completable['commands']; readonly words: readonly string[]},
): Promise<ReturnType<typeof completeWords>> {
  let asked: ValueKind | null = null
  const candidates = complete((kind) => {
    asked = kind
    return []
  })
  if (asked === null || asked === 'file') return candidates
  const {fetchValues} = await import('./fetch-values.js')
  return complete(await fetchValues(asked, line))
}
