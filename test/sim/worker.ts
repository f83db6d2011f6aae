import {real} from './poison.js'
import {planOf, swarmOf} from './swarm.js'
import {run} from './run.js'
import {installProbes} from './probe.js'

installProbes()
const seed = Number(process.argv[2] ?? 1)
const swarm = {...swarmOf(seed), lengthMs: Number(process.argv[3] ?? 10_000)}
if (process.env.SHAPE === 'floor') Object.assign(swarm, {cluster: {masters: 1, routers: 2, servers: 5, spaces: [{partitions: 3, replicas: 3}, {partitions: 3, replicas: 3}], retainLogs: 1000, diffCount: 10000, heartbeatMs: 200, segmentBytes: 1048576}, network: {minMs: 0, meanMs: 0.5, lossPermille: 0}, disk: {meanMs: 1, crashFaultPercent: 80}, driftPermille: 10, workload: {...swarm.workload, clients: 10, opsPerSecond: Number(process.env.OPS ?? 50), batchMax: 1, mix: {upsert: 10, get: 10, delete: 2, search: 2, query: 1, admin: 0}}})
const realTurn = () => new Promise<void>((resolve) => void real.setImmediate(resolve))
const cpu0 = process.cpuUsage()
const began = real.nowMs()
const plan = process.argv[4] === 'calm' ? [] : planOf(swarm)
const outcome = await run(swarm, plan, realTurn)
const cpu = process.cpuUsage(cpu0)
const ms = (cpu.user + cpu.system) / 1000, wall = real.nowMs() - began
const {lines, findings, crash, ...figures} = outcome
process.stdout.write(lines.slice(-Number(process.argv[5] ?? 60)).join('\n') + '\n' + JSON.stringify(findings, null, 1).slice(0,3000) + '\n' + crash + '\n' + JSON.stringify({...figures, ms, wall, speed: outcome.virtualMs / ms, perEvent: ms * 1000 / outcome.events}) + '\n')
