/**
 * `vearchctl __complete WORD…`: what could stand in the place of the last word. A shell asks at every Tab, so this loads neither the
 * command line library nor any command: commands and flags come from the manifest. Ids and names are read from the cluster that the
 * line would ask, within a second; where that fails there are none, and never an error on the line that somebody types.
 */
import {completableAt} from '../command-set.js'
import {write} from '../output.js'
import {type Completable, completeWords, type ValuesOf} from './completer.js'
import type {ValueKind} from './value-kinds.js'

export async function printCandidates(argv: readonly string[], root: string): Promise<void> {
  const completable = await completableAt(root)
  const words = argv.slice(0, -1)
  const typed = argv.at(-1) ?? ''
  const complete = (values: ValuesOf) => completeWords(words, typed, {...completable, values})
  const candidates = await withValues(complete, {commands: completable.commands, words})
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
