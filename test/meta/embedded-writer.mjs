// Eight writers, each counting in two keys at once, until the process is killed or its disk is full. Prints each count and
// its revision once it is acknowledged. Runs from compiled sources.
const [, , sources, directory] = process.argv
const {EmbeddedStore} = await import(`${sources}/meta/embedded/embedded-store.js`)
const {silentLog} = await import(`${sources}/env/log.js`)
const {systemEnv} = await import(`${sources}/env/system-env.js`)

const store = new EmbeddedStore({directory}, systemEnv(silentLog))
await store.start()
const count = async (writer) => {
  const last = await store.get(`/writer/${writer}/a`)
  for (let n = Number(last?.value ?? 0) + 1; ; n++) {
    const then = ['a', 'b'].map((name) => ({type: 'put', key: `/writer/${writer}/${name}`, value: String(n)}))
    then.push({type: 'put', key: `/padding/${writer}/${n % 50}`, value: 'x'.repeat(n % 3_000)})
    const {revision} = await store.transact({then})
    process.stdout.write(`${writer} ${n} ${revision}\n`)
  }
}
process.stdout.write('ready\n')
const ends = [1, 2, 3, 4, 5, 6, 7, 8].map((writer) =>
  count(writer).catch(({errorName, outcome}) => `${errorName} ${outcome}`),
)
const failed = store.failed.then((error) => `failed ${error.errorName}`)
process.stdout.write(`end ${JSON.stringify([await failed, ...(await Promise.all(ends))])}\n`)
