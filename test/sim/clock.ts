/**
 * A node's clock: it runs a little fast or slow, and its wall time may jump. Monotonic time never does.
 */
import type {Clock, Timer} from '../../src/env/clock.js'
import type {Process} from './process.js'
import type {World} from './world.js'

/** Of the hardware, so it outlives the processes that read it. */
export class NodeClock {
  /** Wall time at the world's beginning, in this node's opinion. */
  #wallOriginMs: number

  constructor(
    private readonly world: World,
    /** Local seconds to a second of the world. */
    private readonly rate: number,
    startWallMs: number,
  ) {
    this.#wallOriginMs = startWallMs
  }

  /** An operator or a time server sets the clock. */
  jump(ms: number): void {
    this.#wallOriginMs += ms
  }

  of(process: Process): Clock {
    const {world, rate} = this
    const nowMs = () => (world.nowUs * rate) / 1_000
    // Rounded up, so that no timer is early by its own clock.
    const worldUs = (ms: number) => Math.ceil((Math.max(0, ms) * 1_000) / rate) + 1
    const after = (ms: number, callback: () => void): Timer => {
      const event = process.after(worldUs(ms), 'timer', callback)
      return {
        cancel: () => {
          event.run = null
        },
      }
    }
    return {
      wallMs: () => Math.floor(this.#wallOriginMs + nowMs()),
      nowMs,
      after,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason)
          const abort = () => {
            timer.cancel()
            reject(signal?.reason)
          }
          const timer = after(ms, () => {
            signal?.removeEventListener('abort', abort)
            resolve()
          })
          signal?.addEventListener('abort', abort, {once: true})
        }),
      soon: (callback) => void process.after(0, 'soon', callback),
    }
  }
}
