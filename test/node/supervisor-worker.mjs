// A process that supervises an etcd and then waits. Runs from compiled sources.
const [, , sources, spec] = process.argv
const {EtcdSupervisor} = await import(`${sources}/node/etcd-supervisor.js`)
const {silentLog} = await import(`${sources}/env/log.js`)
const {systemEnv} = await import(`${sources}/env/system-env.js`)

await new EtcdSupervisor(JSON.parse(spec), systemEnv(silentLog)).start()
process.stdout.write('ready\n')
setInterval(() => {}, 60_000)
