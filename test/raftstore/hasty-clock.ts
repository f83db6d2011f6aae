import {type Clock, systemClock} from '../../src/env/clock.js'

/** What is to be done after a while is done at the end of this turn. */
export const hastyClock: Clock = {
  ...systemClock,
  after: (_, callback) => {
    let isWanted = true
    systemClock.soon(() => {
      if (isWanted) callback()
    })
    return {
      cancel: () => {
        isWanted = false
      },
    }
  },
}
