/** Around a run of the tests: gives the reports of figures a file, and prints its summary when all have ended. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {summary} from './figures.js'

export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'figures-'))
  const file = join(directory, 'figures.jsonl')
  writeFileSync(file, '')
  process.env.FIGURES = file
  return () => {
    for (const line of summary(readFileSync(file, 'utf8'))) process.stdout.write(`${line}\n`)
    rmSync(directory, {recursive: true})
  }
}
