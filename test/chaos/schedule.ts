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
const jumps = [1_000, 10_000, 60_000, 3_600_000]

export function roundOf(random: Prng, shape: ClusterShape): Plan {
  const draw = new Draw(random, shape)
  const faults: Fault[] = []
  const some = (from: number, to: number, make: () => Fault) => {
    for (let count = random.between(from, to); count > 0; count--) faults.push(make())
  }
  some(4, 8, () => draw.fault('crash', draw.process(), 800))
  some(0, 2, () => draw.fault('one-way', draw.link()))
  some(0, 1, () => random.pick([() => draw.fault('isolate', draw.server()), () => draw.split(), () => draw.ring()])())
  some(0, 2, () => draw.fault('pause', draw.process()))
  some(0, 2, () => draw.fault('disk-full', draw.server()))
  some(0, 2, () => draw.fault('sync-error', draw.server(), null))
  some(0, 2, () => draw.fault('wall-jump', draw.process(), null, {byMs: random.pick([-1, 1]) * random.pick(jumps)}))
  // now and then, for they leave little else to happen
  if (random.chance(0.3))
    faults.push(draw.fault('bit-rot', `ps/${random.between(1, shape.ps)}`, null, {bits: random.between(1, 64)}))
  if (random.chance(0.25)) faults.push(draw.fault('wipe', `ps/${random.between(1, shape.ps)}`))
  if (random.chance(0.3)) faults.push(draw.fault('loss', 'cluster', longestMs, {permille: random.between(10, 150)}))
  if (random.chance(0.3)) faults.push(draw.fault('stop', draw.server()))
  if (random.chance(0.2)) faults.push(draw.fault('etcd-down', 'etcd'))
  if (random.chance(0.2)) faults.push(draw.fault('etcd-slow', 'etcd', longestMs, {meanMs: random.between(50, 2_000)}))
  if (random.chance(0.1)) faults.push(draw.fault(random.pick(['stop', 'crash']), 'all ps', 500))
  return faults.sort((a, b) => a.atMs - b.atMs)
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

  #all(): PlaceName[] {
    const {masters, routers, ps} = this.shape
    return [...this.#places('master', masters), ...this.#places('router', routers), ...this.#places('ps', ps)]
  }

  #places(role: 'master' | 'router' | 'ps', count: number): PlaceName[] {
    return Array.from({length: count}, (_, at): PlaceName => `${role}/${at + 1}`)
  }
}
