import {systemClock} from './clock.js'
import {systemDisk} from './disk.js'
import type {Env} from './env.js'
import {noFailpoints} from './failpoints.js'
import type {Log} from './log.js'
import {systemNetwork} from './net/network.js'
import {systemRandom} from './random.js'

/** The real outside, with the log that a process writes. */
export function systemEnv(log: Log): Env {
  const network = systemNetwork
  return {clock: systemClock, random: systemRandom, disk: systemDisk, network, log, failpoints: noFailpoints}
}
