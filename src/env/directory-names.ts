import {readdir} from 'node:fs/promises'

/** Names in a directory, sorted, those of directories with a `/` at their end: for a person to choose from. None where it cannot be read. */
export async function directoryNames(path: string): Promise<string[]> {
  const entries = await readdir(path, {withFileTypes: true}).catch(() => [])
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
}
