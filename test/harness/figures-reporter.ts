/**
 * Prints the figures of every layer when all tests have ended: what they reported, and how many cases passed where the
 * cases are the figure.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Reporter, TestModule} from 'vitest/node'
import {reportLine, summary} from './figures.js'
import type {Layer} from './goals.js'

/** Layers of which the tests themselves are counted: under what name, and in which files. */
const counted: readonly (readonly [layer: Layer, name: string, files: RegExp])[] = [
  ['tests', 'passed', /./],
  ['raft tables', 'cases', /^test\/raft\/(?!scripts|explorer|random)/],
  ['contract', 'cases', /^test\/contract\/(?!.*fuzz)/],
]

export default class FiguresReporter implements Reporter {
  readonly #directory = mkdtempSync(join(tmpdir(), 'figures-'))

  onInit(): void {
    process.env.FIGURES = join(this.#directory, 'figures.jsonl')
    writeFileSync(process.env.FIGURES, '')
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const reported = readFileSync(join(this.#directory, 'figures.jsonl'), 'utf8')
    rmSync(this.#directory, {recursive: true})
    const counts = counted.map(([layer, name, files]) => {
      const own = modules.filter(({relativeModuleId}) => files.test(relativeModuleId))
      const passed = own.flatMap(({children}) => [...children.allTests('passed')]).length
      return passed === 0 ? '' : reportLine(layer, {[name]: passed})
    })
    process.stdout.write(`\n${summary(reported + counts.join('')).join('\n')}\n`)
  }
}
