/**
 * `npm run bench`: what the project promises about speed, measured. `npm run bench -- search upsert` runs only those.
 *
 * Figures are ratios within one run wherever two things can be compared, because machines differ and are shared.
 */
import {atRest} from './at-rest.js'
import {cliBench} from './cli.js'
import {coldStart} from './cold-start.js'
import {groupCommit} from './group-commit.js'
import {metadataBench} from './metadata.js'
import {replicationBench} from './replication.js'
import {searchBench} from './search.js'
import {startBench} from './start.js'
import {print, type Row} from './table.js'
import {upsertBench} from './upsert.js'

const benches: Readonly<Record<string, () => Promise<Row[]>>> = {
  upsert: upsertBench,
  search: searchBench,
  metadata: metadataBench,
  start: startBench,
  replication: replicationBench,
  cli: cliBench,
}
/** Of one of those, measured by itself only where it is asked for. */
const parts: typeof benches = {'group-commit': groupCommit, 'at-rest': atRest, 'cold-start': coldStart}

const chosen = process.argv.slice(2)
const named = {...benches, ...parts}
const unknown = chosen.filter((name) => !(name in named))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark called ${unknown.join(', ')}; there are ${Object.keys(named).join(', ')}\n`)
  process.exit(2)
}
for (const [name, run] of Object.entries(chosen.length === 0 ? benches : named)) {
  if (chosen.length === 0 || chosen.includes(name)) print(name, await run())
}
