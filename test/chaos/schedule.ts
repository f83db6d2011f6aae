/**
 * From a seed to the faults of one round. Each round draws which kinds it has, so that kinds meet in every mixture; what a
 * round broke is whole again before the next.
 */
import type {Fault, FaultKind, PlaceName, Plan} from '../sim/plan.js'
import type {Prng} from '../sim/prng.js'
import type {ClusterShape} from './cluster.js'
import {partitions} from './space.js'

/** Within which faults begin. */
const roundMs = 9_000
const longestMs = 3_500
const crashMs = 800
const jumps = [1_000, 10_000, 60_000, 3_600_000]

export function roundOf(random: Prng, shape: ClusterShape): Plan {
  const draw = new Draw(random, shape)
  const faults = random.chance(0.2) ? lossOfData(draw, random, shape) : lossOfService(draw, random)
  return faults.sort((a, b) => a.atMs - b.atMs)
}

/** One server loses what it has; a second one at the same time would be no fault of the cluster's. */
function lossOfData(draw: Draw, random: Prng, {ps, routers, masters}: ClusterShape): Fault[] {
  const place = `ps/${random.between(1, ps)}`
  return [
    random.pick([
      () => draw.fault('wipe', place),
      () => draw.fault('bit-rot', place, null, {bits: random.between(1, 64)}),
    ])(),
    draw.fault('crash', `router/${random.between(1, routers)}`, crashMs),
    draw.fault('crash', `master/${random.between(1, masters)}`, crashMs),
    draw.jump(),
  ]
}

function lossOfService(draw: Draw, random: Prng): Fault[] {
  const faults: Fault[] = []
  const some = (from: number, to: number, make: () => Fault) => {
    for (let count = random.between(from, to); count > 0; count--) faults.push(make())
  }
  const perhaps = (chance: number, make: () => Fault) => {
    if (random.chance(chance)) faults.push(make())
  }
  some(7, 11, () => draw.fault('crash', draw.process(), crashMs))
  some(1, 3, () => draw.fault('one-way', draw.link()))
  some(1, 2, () => random.pick([() => draw.fault('isolate', draw.server()), () => draw.split(), () => draw.ring()])())
  some(1, 2, () => draw.fault('pause', draw.process()))
  some(1, 2, () => draw.fault('disk-full', draw.server()))
  some(1, 2, () => draw.fault('sync-error', draw.server(), null))
  some(1, 2, () => draw.jump())
  perhaps(0.3, () => draw.fault('loss', 'cluster', longestMs, {permille: random.between(10, 150)}))
  perhaps(0.4, () => draw.fault('stop', draw.server()))
  perhaps(0.2, () => draw.fault('etcd-down', 'etcd'))
  perhaps(0.2, () => draw.fault('etcd-slow', 'etcd', longestMs, {meanMs: random.between(50, 2_000)}))
  perhaps(0.1, () => draw.fault(random.pick(['stop', 'crash']), 'all ps', crashMs))
  return faults
}

class Draw {
  constructor(
    private readonly random: Prng,
    private readonly shape: ClusterShape,
  ) {}

  fault(kind: FaultKind, target: string, longest: number | null = longestMs, args: Fault['args'] = {}): Fault {
    const forMs = longest === null ? null : this.random.between(200, longest)
    return {atMs: this.random.below(roundMs), kind, target, args, forMs}
  }

  split(): Fault {
    const places = this.random.shuffled(this.#places('ps', this.shape.ps)).slice(0, Math.floor(this.shape.ps / 2))
    return this.fault('split', 'cluster', longestMs, {side: places})
  }

  ring(): Fault {
    return this.fault('majority-ring', 'cluster')
  }

  link(): string {
    const [from, to] = this.random.shuffled(this.#all())
    return `${from}>${to}`
  }

  /** Mostly a server, and of those mostly one that leads. */
  process(): string {
    return this.random.chance(0.75) ? this.server() : this.random.pick(this.#all())
  }

  server(): string {
    const group = this.random.between(1, partitions)
    return this.random.pick([
      `leader of group ${group}`,
      `follower of group ${group}`,
      `ps/${this.random.between(1, this.shape.ps)}`,
    ])
  }

  jump(): Fault {
    return this.fault('wall-jump', this.process(), null, {byMs: this.random.pick([-1, 1]) * this.random.pick(jumps)})
  }

  #all(): PlaceName[] {
    const {masters, routers, ps} = this.shape
    return [...this.#places('master', masters), ...this.#places('router', routers), ...this.#places('ps', ps)]
  }

  #places(role: 'master' | 'router' | 'ps', count: number): PlaceName[] {
    return Array.from({length: count}, (_, at): PlaceName => `${role}/${at + 1}`)
  }
}
