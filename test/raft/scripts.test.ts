/**
 * Scenarios as readable scripts: each file in `scripts/` drives real cores command by command, with what came of it beside
 * the command. `UPDATE_SCRIPTS=1 npx vitest run test/raft/scripts.test.ts` writes the outputs anew: read them before you keep them.
 *
 * The commands are listed in `network/script.ts`.
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {reportFigures} from '../harness/figures.js'
import {Script} from './network/script.js'
import {parseScript, printScript} from './network/script-text.js'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'scripts')
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))
const isUpdating = process.env.UPDATE_SCRIPTS !== undefined

describe('scripts', () => {
  test.each(files)('%s', (file) => {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const script = new Script()
    const steps = parseScript(text).map((step) => {
      return step.command === null ? step : {...step, output: script.run(step.command)}
    })
    const printed = printScript(steps)
    if (isUpdating) writeFileSync(path, printed)
    else expect(printed).toBe(text)
  })

  test('are as many as promised', () => {
    const steps = files.flatMap((file) => parseScript(readFileSync(join(folder, file), 'utf8')))
    const commands = steps.filter(({command}) => command !== null)
    reportFigures('scripts', {scripts: files.length, steps: commands.length})
    expect(files.length).toBeGreaterThanOrEqual(45)
    expect(commands.length).toBeGreaterThanOrEqual(800)
  })
})
