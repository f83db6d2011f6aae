/**
 * `npm run bench`: what the project promises about speed, measured. `npm run bench -- search upsert` runs only those.
 *
 * Figures are ratios within one run wherever two things can be compared, because machines differ and are shared.
 */
import {cliBench} from './cli.js'
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

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in benches))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
for (const [name, run] of Object.entries(benches)) {
  if (chosen.length === 0 || chosen.includes(name)) print(name, await run())
}
