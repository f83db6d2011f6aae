/**
 * For every command of the manifest, the words of the first example of its help: a new command is among them without anybody
 * thinking of it.
 */
import {readFileSync} from 'node:fs'

interface Manifest {
  readonly commands: Readonly<Record<string, {readonly examples?: readonly string[]}>>
}

/** By command, `partitions:list`. Left out: what a shell does with the output, and what says how long a command may go on. */
export function exampleLines(): ReadonlyMap<string, readonly string[]> {
  const path = new URL('../../dist/manifest.json', import.meta.url)
  const {commands} = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  return new Map(Object.entries(commands).map(([id, {examples}]) => [id, wordsOf(examples?.[0] ?? '')]))
}

function wordsOf(example: string): string[] {
  const line = example.replace('vearchctl ', '').replace(/ [|>].*$| --timeout \S+| --watch\b| --yes\b/g, '')
  const words = line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)
  return [...words].map(([, single, double, bare]) => single ?? double ?? bare ?? '')
}
