// Appends to a log until it is killed, and prints each entry once it is acknowledged. Runs from compiled sources.
const [, , sources, directory] = process.argv
const {WriteAheadLog} = await import(`${sources}/raftstore/wal/write-ahead-log.js`)
const {silentLog} = await import(`${sources}/env/log.js`)
const {systemEnv} = await import(`${sources}/env/system-env.js`)

const log = new WriteAheadLog(systemEnv(silentLog), {directory, segmentBytes: 256 * 1024})
await log.start()
const appender = async (id) => {
  const group = log.group(id)
  for (let index = group.lastIndex + 1; ; index++) {
    await group.append([{index, term: 1, payload: Buffer.from(`${id}:${index} `.repeat(50))}])
    process.stdout.write(`${id} ${index}\n`)
    if (index % 200 === 0) await group.truncatePrefix(index - 100)
  }
}
await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(appender))
