/**
 * What the REPL adds to a command, and what a press of Tab takes, over a cluster of a thousand partitions.
 */
import {CommandSet} from '../src/cli/command-set.js'
import {liveValues} from '../src/cli/completion/live-values.js'
import {completeLine} from '../src/cli/repl/complete-line.js'
import {Interpreter} from '../src/cli/repl/interpreter.js'
import {english} from '../src/cli/words/en.js'
import {systemClock} from '../src/env/clock.js'
import {silentLog} from '../src/env/log.js'
import {Keys} from '../src/meta/keys.js'
import {LiveView} from '../src/meta/live-view.js'
import type {MetaStore} from '../src/meta/store.js'
import {median, type Row} from './table.js'

const runs = 200
const warmUps = 50

export async function replBench(store: MetaStore, root: string): Promise<Row[]> {
  const commands = await CommandSet.read(root)
  const interpreter = new Interpreter({
    commands,
    environment: process.env,
    carried: new Map(),
    words: english,
    clock: systemClock,
  })
  const view = new LiveView(store, new Keys('c'), silentLog)
  await view.start()
  try {
    const {signal} = new AbortController()
    // a command that has next to nothing to do, and shows nothing
    const dispatch = await medianMs(() => interpreter.run('$x = cheat key', signal))
    const completable = {...(await commands.completable()), values: liveValues(view, false)}
    const tab = (line: string) => medianMs(() => completeLine(line, completable, interpreter.variables))
    return [
      row('a line of the REPL, without its command', dispatch, 3),
      row('Tab for a command', await tab('part'), 5),
      row('Tab for a node', await tab('partitions list --node '), 5),
      row('Tab for one of 1000 partitions', await tab('meta get partition/99'), 5),
    ]
  } finally {
    await Promise.all([view.stop(), interpreter.close()])
  }
}

async function medianMs(run: () => unknown): Promise<number> {
  const times: number[] = []
  for (let at = -warmUps; at < runs; at++) {
    const startedAt = performance.now()
    await run()
    if (at >= 0) times.push(performance.now() - startedAt)
  }
  return median(times)
}

function row(what: string, ms: number, wantedMs: number): Row {
  return {what, figure: `${ms.toFixed(2)} ms`, wanted: `under ${wantedMs} ms`, reached: ms < wantedMs}
}
