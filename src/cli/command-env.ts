import {systemClock} from '../env/clock.js'
import {systemDisk} from '../env/disk.js'
import type {Env} from '../env/env.js'
import {noFailpoints} from '../env/failpoints.js'
import {type Log, type LogFields, silentLog} from '../env/log.js'
import {systemRandom} from '../env/random.js'
import {jsonText} from './json-text.js'
import {say} from './output.js'

/** The outside as a command sees it: silent unless it is asked to debug. */
export function commandEnv({debug}: {readonly debug: boolean}): Env {
  const log = debug ? stderrLog({}) : silentLog
  return {clock: systemClock, random: systemRandom, disk: systemDisk, log, failpoints: noFailpoints}
}

function stderrLog(always: LogFields): Log {
  const line = (event: string, fields: LogFields = {}) => say(`${event} ${jsonText({...always, ...fields})}`)
  return {
    trace: line,
    debug: line,
    info: line,
    warn: line,
    error: line,
    child: (fields) => stderrLog({...always, ...fields}),
  }
}
