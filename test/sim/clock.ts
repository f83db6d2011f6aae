/**
 * A node's clock: it runs a little fast or slow, and its wall time may jump. Monotonic time never does.
 */
import type {Clock, Timer} from '../../src/env/clock.js'
import type {Process} from './process.js'
import type {Event, World} from './world.js'

/** Of the hardware, so it outlives the processes that read it. */
export class NodeClock {
  /** Local time at the moment `#sinceUs` of the world. */
  #localUs = 0
  #sinceUs = 0
  #rate = 1

  constructor(
    private readonly world: World,
    /** Local seconds to a second of the world. */
    rate: number,
    private wallOriginMs: number,
  ) {
    this.#rate = rate
  }

  get rate(): number {
    return this.#rate
  }

  set rate(rate: number) {
    this.#localUs = this.#nowUs()
    this.#sinceUs = this.world.nowUs
    this.#rate = rate
  }

  /** An operator or a time server sets the clock. */
  jump(ms: number): void {
    this.wallOriginMs += ms
  }

  of(process: Process): Clock {
    const nowMs = () => this.#nowUs() / 1_000
    const after = (ms: number, callback: () => void): Timer => {
      const dueUs = this.#nowUs() + ms * 1_000
      const arm = (): Event => process.after(Math.max(0, dueUs - this.#nowUs()) / this.#rate, 'timer', onTime)
      // No timer is early by its own clock, which may have become slower meanwhile.
      const onTime = () => {
        if (this.#nowUs() < dueUs) event = arm()
        else callback()
      }
      let event = arm()
      return {
        cancel: () => {
          event.run = null
        },
      }
    }
    return {
      wallMs: () => Math.floor(this.wallOriginMs + nowMs()),
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
      soon: (callback) => process.soon(callback),
    }
  }

  #nowUs(): number {
    return this.#localUs + (this.world.nowUs - this.#sinceUs) * this.#rate
  }
}
