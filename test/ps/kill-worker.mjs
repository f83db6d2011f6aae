// One partition with an HNSW index, written to without end: runs step after step of the ledger from the one it is given,
// indexes and checkpoints all the while, and prints each step once it is acknowledged. Runs from compiled sources.
const [, , sources, root, space, firstStep] = process.argv
const {openZvecEngine} = await import(`${sources}/engine/zvec-engine.js`)
const {probeEngine} = await import(`${sources}/engine/zvec-probe.js`)
const {Pool} = await import(`${sources}/env/pool.js`)
const {silentLog} = await import(`${sources}/env/log.js`)
const {systemEnv} = await import(`${sources}/env/system-env.js`)
const {Partitions} = await import(`${sources}/ps/partitions.js`)
const {WriteAheadLog} = await import(`${sources}/raftstore/wal/write-ahead-log.js`)
const {encodeDocuments} = await import(`${sources}/rpc/document-codec.js`)

const env = systemEnv(silentLog)
const sharedLog = new WriteAheadLog(env, {directory: `${root}/raft`, segmentBytes: 1024 * 1024})
await sharedLog.start()
const config = {
  global: {data: [root], resource_limit_rate: 1},
  ps: {flush_time_interval: 600, raft_retain_logs: 20_000, raft_truncate_count: 1},
}
const nobody = {
  add: () => {},
  remove: () => {},
  send: () => {},
  pulse: {electionTicks: 10, heartbeatTicks: 5, phase: () => 0},
}
const alone = {
  raft: nobody,
  peers: {rpc: () => null},
  rpc: null,
  transfers: null,
  membersOf: async () => [],
  catchingUp: new Pool('reads of the log', {running: 1, waiting: 10}),
}
const host = {env, config, nodeId: 1, sharedLog, ...alone, openEngine: openZvecEngine, probeEngine}
const partitions = new Partitions(host)
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

if (Number(firstStep) === 0) await partitions.create(1, JSON.parse(space))
else await partitions.recover({ip: '', p_ids: [1], spaces: []})
const partition = partitions.get(1)
const projection = {fields: ['n'], vectors: []}
const documents = await partition.reads.query({filter: null, offset: 0, limit: 1_000_000, projection})
say({documents: documents.map(({id, docid, fields}) => [id, docid, fields.n])})

const upkeep = async () => {
  for (;;) await partition.buildIndex({rebuild: false}).then(() => partition.flush())
}
void upkeep()
const {batch, deleted} = await import('./kill-ledger.mjs')
for (let step = Number(firstStep); ; step++) {
  await partition.upsert(encodeDocuments(batch(step)))
  if (deleted(step).length > 0) await partition.delete(deleted(step))
  say({step})
}
