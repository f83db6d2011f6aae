/**
 * The door to the outside. Nothing beyond this room reads a clock, a disk, a network of our own or randomness by itself: whatever needs one is
 * given it, so that a simulation can give it another.
 */
import type {Clock} from './clock.js'
import type {Disk} from './disk.js'
import type {Failpoints} from './failpoints.js'
import type {Log} from './log.js'
import type {Network} from './net/network.js'
import type {Random} from './random.js'

export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly network: Network
  readonly log: Log
  readonly failpoints: Failpoints
}
