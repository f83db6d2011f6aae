/**
 * A claim about all values of some kind, tried with many of them drawn at random, the edges first. What breaks it is shrunk to
 * the least that does, and shown with the line that replays it.
 *
 * PROPERTY_RUNS says how many are tried: few while a change is being made, ten thousand in the gate.
 */
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {reportFigures} from './figures.js'

const runs = Number(process.env.PROPERTY_RUNS ?? 500)
/** `seed:path`, from the line of a failure: `1203:44:0:1`. */
const replay = process.env.PROPERTY_REPLAY

type Arbitraries<Values> = {[At in keyof Values]: fc.Arbitrary<Values[At]>}

interface PropertyOptions {
  /** Only one in so many runs: of a claim that costs that much more than others, which is to be said beside it. */
  readonly oneIn?: number
}

/** `claim` fails where it throws, or answers false. */
export function property<Values extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: Arbitraries<Values>,
  claim: (...values: Values) => unknown,
  {oneIn = 1}: PropertyOptions = {},
): void {
  test(name, async () => {
    const tried = fc.asyncProperty<Values>(...arbitraries, async (...values) => (await claim(...values)) !== false)
    const details = await fc.check(tried, {numRuns: Math.ceil(runs / oneIn), ...replayed(replay)})
    if (details.failed) throw new Error(await failure(details), {cause: details.errorInstance})
    reportFigures('properties', {properties: 1, runs: details.numRuns})
  })
}

function replayed(line: string | undefined): fc.Parameters<unknown> {
  const [, seed, path] = /^(-?\d+):(.*)$/.exec(line ?? '') ?? []
  return seed === undefined || path === undefined ? {} : {seed: Number(seed), path}
}

async function failure<Values>(details: fc.RunDetails<Values>): Promise<string> {
  const {testPath = '', currentTestName = ''} = expect.getState()
  const file = testPath.slice(testPath.lastIndexOf('/test/') + 1)
  const where = `${file} -t ${JSON.stringify(currentTestName.replaceAll(' > ', ' '))}`
  const line = `PROPERTY_REPLAY=${details.seed}:${details.counterexamplePath} npx vitest run ${where}`
  return `${line}\n${await fc.asyncDefaultReportMessage(details)}`
}
