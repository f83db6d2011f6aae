import {real} from './poison.js'
import {planOf, swarmOf} from './swarm.js'
import {run} from './run.js'
import {installProbes} from './probe.js'

installProbes()
const seed = Number(process.argv[2] ?? 1)
const swarm = {...swarmOf(seed), lengthMs: Number(process.argv[3] ?? 10_000)}
const realTurn = () => new Promise<void>((resolve) => void real.setImmediate(resolve))
const began = real.nowMs()
const plan = process.argv[4] === 'calm' ? [] : planOf(swarm)
const outcome = await run(swarm, plan, realTurn)
const ms = real.nowMs() - began
const {lines, findings, crash, ...figures} = outcome
process.stdout.write(lines.slice(-Number(process.argv[5] ?? 60)).join('\n') + '\n' + JSON.stringify(findings, null, 1).slice(0,3000) + '\n' + crash + '\n' + JSON.stringify({...figures, ms, speed: outcome.virtualMs / ms, perEvent: ms * 1000 / outcome.events}) + '\n')
