/** The shapes of a network that is not whole. */
import type {Impairment} from './network.js'

/** Nothing from it or to it. */
export function isolation(own: string, all: readonly string[]): Impairment[] {
  return split([own], all)
}

/** Those of one side reach each other, and so do all others. */
export function split(side: readonly string[], all: readonly string[]): Impairment[] {
  const others = all.filter((address) => !side.includes(address))
  return side.flatMap((here) => others.flatMap((there) => [oneWay(here, there), oneWay(there, here)]))
}

/** Each reaches so many neighbours on a ring that it sees a majority, and no two see the same one. */
export function majorityRing(ring: readonly string[]): Impairment[] {
  const reach = Math.floor(ring.length / 4) || 1
  const distance = (from: number, to: number) => {
    const steps = Math.abs(from - to)
    return Math.min(steps, ring.length - steps)
  }
  return ring.flatMap((from, at) =>
    ring.flatMap((to, place) => (distance(at, place) > reach ? [oneWay(from, to)] : [])),
  )
}

export function oneWay(from: string, to: string): Impairment {
  return {from, to, permille: 1_000}
}

/** Every packet may be lost. */
export function losses(all: readonly string[], permille: number): Impairment[] {
  return all.flatMap((from) => all.flatMap((to) => (from === to ? [] : [{from, to, permille}])))
}
