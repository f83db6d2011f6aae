/** What is said of a run: of what its clients saw, and of what is there in the end. */
import type {History} from '../check/history.js'
import {checkLedger} from '../check/ledger.js'
import {checkLinearizable} from '../check/linearizable.js'
import {checkVersionOrder} from '../check/version-order.js'
import type {Traffic} from './traffic.js'

const agreementMs = 20_000
/** Which follower answers is the router's choice: so many answers are of all of them. */
const answersOfFollowers = 6

export function judgeHistory(history: History): {readonly violations: readonly string[]; readonly undecided: number} {
  const order = checkLinearizable(history)
  const versions = checkVersionOrder(history)
  return {
    violations: [...order.violations, ...versions.violations].map(({message}) => message),
    undecided: order.undecided.length,
  }
}

/** Nothing that was acknowledged is gone (P1), and every replica holds the same (P3). */
export async function judgeEnd(traffic: Traffic, history: History): Promise<readonly string[]> {
  const ledger = checkLedger(history, await traffic.finalReads(history))
  return [...ledger.violations.map(({message}) => message), ...(await differences(traffic))]
}

async function differences(traffic: Traffic): Promise<string[]> {
  const endsAt = performance.now() + agreementMs
  for (let agreed = 0; agreed < answersOfFollowers; ) {
    const [leaders, followers] = [await traffic.readAll('leader'), await traffic.readAll('not_leader')]
    const ids = new Set([...leaders.keys(), ...followers.keys()])
    const odd = [...ids].filter((id) => leaders.get(id) !== followers.get(id))
    agreed = odd.length === 0 ? agreed + 1 : 0
    // a follower may be behind for a moment
    if (odd.length > 0 && performance.now() > endsAt) {
      const shown = odd.slice(0, 10).map((id) => `${id}: ${leaders.get(id)} and ${followers.get(id)}`)
      return [`P3: leaders and followers differ in ${odd.length} documents: ${shown.join(', ')}`]
    }
  }
  return []
}
