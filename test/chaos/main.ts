/**
 * `npm run chaos -- [--seed N] [--minutes N] [--plan FILE]`: real processes, real faults, and what the clients saw of it.
 *
 * Ends with one line of figures and exit code 0, or with what was broken, how to do it again, and where the logs, the
 * disks and the history are. What happens is drawn from the seed; when exactly, and who wins which race, is not.
 */
import {cp, mkdtemp, readFile, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {toLines} from '../check/history-lines.js'
import {figuresLine, reportFigures} from '../harness/figures.js'
import {testSeed} from '../harness/random.js'
import {planFrom} from '../sim/plan.js'
import {figuresOf} from './figures.js'
import type {Machines} from './machines.js'
import {privateMachines} from './private-machines.js'
import {run, type Verdict} from './run.js'
import {namespaces, runInside} from './sandbox.js'
import {sharedMachines} from './shared-machines.js'

const violationsShownMax = 10
const say = (line: string) => void process.stdout.write(`${line}\n`)
const {values: options} = parseArgs({
  options: {
    seed: {type: 'string', default: String(testSeed())},
    minutes: {type: 'string', default: '5'},
    plan: {type: 'string'},
    inside: {type: 'boolean', default: false},
  },
})

async function main(): Promise<number> {
  const way = options.inside ? null : namespaces()
  if (way !== null) {
    const again = [fileURLToPath(import.meta.url), '--inside', '--seed', options.seed, '--minutes', options.minutes]
    return runInside(way, [process.execPath, ...again, ...(options.plan === undefined ? [] : ['--plan', options.plan])])
  }
  // the first process of a namespace is ended by no signal that it does not ask for
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  if (options.inside) process.stdin.resume().once('end', () => process.exit(1))
  const machines = options.inside ? await privateMachines() : await sharedMachines()
  const seed = Number(options.seed)
  say(`chaos: seed ${seed}, ${options.inside ? 'namespaces of its own' : 'no namespaces on this machine'}`)
  const plan = options.plan === undefined ? {} : {plan: planFrom(await readFile(options.plan, 'utf8'))}
  try {
    const verdict = await run({seed, minutes: Number(options.minutes), ...plan, machines, say})
    say(figuresLine('chaos', figuresOf(verdict)))
    if (process.env.FIGURES !== undefined) reportFigures('chaos', figuresOf(verdict))
    if (verdict.violations.length === 0) return verdict.undecided === 0 ? 0 : 1
    for (const broken of verdict.violations.slice(0, violationsShownMax)) say(broken)
    await keep(machines, seed, verdict)
  } catch (thrown) {
    const failure = `the run failed: ${thrown instanceof Error ? thrown.stack : thrown}`
    say(failure)
    await keep(machines, seed, {history: [], violations: [failure]})
  } finally {
    await machines.remove()
  }
  return 1
}

async function keep(
  {directory}: Machines,
  seed: number,
  {history, violations}: Pick<Verdict, 'history' | 'violations'>,
): Promise<void> {
  const kept = await mkdtemp(join(tmpdir(), `chaos-${seed}-`))
  await cp(directory, kept, {recursive: true, filter: (path) => !path.includes('ballast')})
  await writeFile(join(kept, 'history.jsonl'), toLines(history))
  await writeFile(join(kept, 'violations.txt'), `${violations.join('\n\n')}\n`)
  say(`again: npm run chaos -- --seed ${seed} --minutes ${options.minutes}; kept: ${kept}`)
}

process.exit(await main())
