// Takes ids until it has `total`, with `callers` at a time, and prints them. Runs from compiled sources.
const [, , sources, endpoint, total, callers] = process.argv
const {EtcdStore} = await import(`${sources}/meta/etcd-store.js`)
const {Sequence} = await import(`${sources}/meta/sequence.js`)
const {silentLog} = await import(`${sources}/env/log.js`)
const {systemEnv} = await import(`${sources}/env/system-env.js`)

const store = new EtcdStore({endpoints: [endpoint]}, systemEnv(silentLog))
const sequence = new Sequence(store, '/w/id/partition')
const ids = []
let wanted = Number(total)
const caller = async () => {
  while (wanted > 0) {
    wanted--
    try {
      ids.push(await sequence.allocate())
    } catch {
      wanted++
    }
  }
}
const progress = setInterval(() => process.stderr.write(`${ids.length}\n`), 20)
await Promise.all(Array.from({length: Number(callers)}, caller))
clearInterval(progress)
await store.close()
process.stdout.write(JSON.stringify(ids))
