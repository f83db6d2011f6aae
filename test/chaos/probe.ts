import {until} from '../harness/until.js'
import type {ChaosCluster} from './cluster.js'
import {at, documentOf} from './space.js'

/** Of an era that no client searches. */
const probeEra = -1
/** Enough for every partition to have some. */
const documents = Array.from({length: 48}, (_, number) => documentOf(`probe-${number}`, probeEra, number))

/** Whether every partition acknowledges a write within that time, through any router. */
export async function takesWrites(cluster: ChaosCluster, timeoutMs: number): Promise<boolean> {
  let turn = 0
  const isWritten = async () => {
    const router = cluster.routers[turn++ % cluster.routers.length]?.place ?? ''
    const {body} = await cluster.ask(router, 'POST', '/document/upsert?timeout=1000', {...at, documents}, 2_000)
    return Object(body.data).total === documents.length
  }
  return until('every partition takes writes', isWritten, timeoutMs).then(
    () => true,
    () => false,
  )
}
