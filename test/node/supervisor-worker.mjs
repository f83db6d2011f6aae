// A process that supervises an etcd and then waits. Runs from compiled sources.
const [, , sources, spec] = process.argv
const {EtcdSupervisor} = await import(`${sources}/node/etcd-supervisor.js`)
const {systemClock} = await import(`${sources}/env/clock.js`)
const {systemDisk} = await import(`${sources}/env/disk.js`)
const {systemRandom} = await import(`${sources}/env/random.js`)
const {silentLog} = await import(`${sources}/env/log.js`)

const env = {clock: systemClock, disk: systemDisk, random: systemRandom, log: silentLog}
await new EtcdSupervisor(JSON.parse(spec), env).start()
process.stdout.write('ready\n')
setInterval(() => {}, 60_000)
