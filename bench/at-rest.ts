/** What many groups cost on three servers while nobody asks anything of them. */
import {setTimeout as delay} from 'node:timers/promises'
import {TestCluster} from '../test/harness/cluster.js'
import {processFigures} from './process-figures.js'
import {createReplicated} from './space.js'
import type {Row} from './table.js'

const groups = 200
const groupsPerSpace = 50
/** Until leaders are elected and the memory of the start has been given back. */
const settleMs = 20_000
const seconds = 20
const shareMax = 0.03

export async function atRest(): Promise<Row[]> {
  const cluster = await TestCluster.start({ps: 3})
  try {
    await cluster.ask('POST', '/dbs/bench')
    for (let space = 0; space < groups / groupsPerSpace; space++) {
      await createReplicated(cluster, `s${space}`, {partitions: groupsPerSpace, replicas: 3})
    }
    await delay(settleMs)
    const figures = () => Promise.all(cluster.servers.map(({process}) => processFigures(process.pid)))
    const before = await figures()
    await delay(seconds * 1_000)
    const after = await figures()
    const perSecond = (of: 'cpuSeconds' | 'bytesWritten') =>
      after.map((figures, at) => (figures[of] - (before[at]?.[of] ?? 0)) / seconds)
    const shares = perSecond('cpuSeconds')
    return [
      {
        what: `${groups} groups at rest on three servers: of a core, each`,
        figure: shares.map((share) => `${(share * 100).toFixed(1)} %`).join(', '),
        wanted: `under ${shareMax * 100} %`,
        reached: Math.max(...shares) < shareMax,
      },
      {
        what: 'the same: bytes per second to network and disk, each',
        figure: perSecond('bytesWritten')
          .map((bytes) => `${Math.round(bytes)}`)
          .join(', '),
      },
    ]
  } finally {
    await cluster.stop()
  }
}
