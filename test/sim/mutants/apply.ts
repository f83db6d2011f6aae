import {cp, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Edit, Mutant} from './mutant.js'

/** The text with the edit made. Throws where the code is not what the mutant was written for. */
export function edited(text: string, {file, find, replace}: Edit): string {
  const [before, after, ...others] = text.split(find)
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error(`${file} has '${find}' ${text.split(find).length - 1} times: the mutant is stale`)
  }
  return `${before}${replace}${after}`
}

/** Makes `target` a copy of the compiled sources and simulator with the mutant's bug in it. */
export async function plant(compiled: string, target: string, {edits}: Mutant): Promise<void> {
  await rm(target, {recursive: true, force: true})
  for (const part of ['src', 'test']) await cp(join(compiled, part), join(target, part), {recursive: true})
  for (const edit of edits) {
    const path = join(target, 'src', edit.file)
    await writeFile(path, edited(await readFile(path, 'utf8'), edit))
  }
}
