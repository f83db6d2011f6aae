import type {Env} from '../env/env.js'
import {type Log, type LogFields, silentLog} from '../env/log.js'
import {systemEnv} from '../env/system-env.js'
import {jsonText} from './json-text.js'
import {say} from './output.js'

/** The outside as a command sees it: silent unless it is asked to debug. */
export function commandEnv({debug}: {readonly debug: boolean}): Env {
  return systemEnv(debug ? stderrLog({}) : silentLog)
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
