import {systemClock} from './clock.js'
import {systemDisk} from './disk.js'
import type {Env} from './env.js'
import {noFailpoints} from './failpoints.js'
import type {Log} from './log.js'
import {systemRandom} from './random.js'

/** The real outside, with the log that a process writes. */
export function systemEnv(log: Log): Env {
  return {clock: systemClock, random: systemRandom, disk: systemDisk, log, failpoints: noFailpoints}
}
