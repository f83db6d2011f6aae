/**
 * Carries out a plan: each fault begins at its moment on whoever its target is then, and takes back what it did when its time is
 * over. A fault whose target is nobody, or which would take what no promise covers (the last good copy), is void.
 */
import type {PartitionId} from '../../src/entity/ids.js'
import type {Administrator} from './administrator.js'
import type {Cluster} from './cluster.js'
import type {Link} from './links.js'
import type {Machine} from './machine.js'
import type {Observation} from './observation.js'
import {type Fault, type PlaceName, type Plan, type Target, targetOf} from './plan.js'
import type {Prng} from './prng.js'
import type {Supervisor} from './supervisor.js'
import type {World} from './world.js'

/** Ends a fault. */
type End = () => void
/** Nobody was hit. */
const nobody = null
const happened: End = () => {}

const transferMs = 2_000

export class Injector {
  began = 0
  voids = 0
  readonly #random: Prng
  readonly #active = new Map<Fault, End>()
  /** Servers that lost data for good: as many as any group can do without. */
  readonly spoilt = new Set<PlaceName>()

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly administrator: Administrator,
    private readonly tell: (observation: Observation) => void,
  ) {
    this.#random = world.random.fork('injector')
  }

  /** Moments count from now. */
  schedule(plan: Plan): void {
    for (const fault of plan) this.world.after(fault.atMs * 1_000, null, 'fault', () => this.#begin(fault))
  }

  /** Ends what is under way; what is yet to come does not come. */
  healAll(): void {
    this.#isOver = true
    for (const fault of [...this.#active.keys()]) this.#end(fault)
  }

  #isOver = false

  #begin(fault: Fault): void {
    if (this.#isOver) return
    const end = this.#carryOut(fault)
    if (end === nobody) {
      this.voids += 1
      this.#say(fault, 'void')
      return
    }
    this.began += 1
    this.#say(fault, 'began')
    this.#active.set(fault, end)
    if (fault.forMs === null) this.#end(fault)
    else this.world.after(fault.forMs * 1_000, null, 'fault', () => this.#end(fault))
  }

  #end(fault: Fault): void {
    const end = this.#active.get(fault)
    if (end === undefined) return
    this.#active.delete(fault)
    end()
    this.#say(fault, 'ended')
  }

  #say({kind, target}: Fault, phase: 'began' | 'ended' | 'void'): void {
    this.tell({atMs: this.world.nowMs, kind: 'fault', fault: kind, target, phase})
  }

  #carryOut(fault: Fault): End | null {
    const {cluster} = this
    const {etcd} = cluster
    const target = targetOf(fault.target)
    const number = (name: string) => Number(fault.args[name] ?? 0)
    const us = number('meanMs') * 1_000
    const share = number('permille') / 1_000
    switch (fault.kind) {
      case 'crash':
        return this.#each(target, (supervisor) => down(supervisor, () => supervisor.crash()))
      case 'stop':
        return this.#each(target, (supervisor) => down(supervisor, () => supervisor.stop()))
      case 'wipe':
        return this.#each(target, (supervisor) =>
          this.#maySpoil(supervisor.machine.place) ? down(supervisor, () => supervisor.wipe()) : nobody,
        )
      case 'pause':
        return this.#each(target, ({machine}) => {
          machine.pause()
          return () => machine.resume()
        })
      case 'isolate':
        return this.#each(target, ({machine}) => this.#close(this.#linksOf(machine.ip)))
      case 'cut-off':
        return this.#each(target, ({machine}) => this.#cutOff(machine.ip))
      case 'split':
        return this.#split(fault.args.side as readonly PlaceName[])
      case 'one-way':
      case 'clog':
        return this.#close(this.#linksTo(target))
      case 'majority-ring':
        return this.#majorityRing()
      case 'swizzle-clog':
        return this.#swizzle(fault)
      case 'latency':
        return all(this.#weather(target).map((one) => added(one, 'meanUs', us)))
      case 'loss':
        return all(this.#weather(target).map((one) => added(one, 'loss', share)))
      case 'reset': {
        const links = new Set(this.#linksTo(target))
        const {network} = cluster
        network.reset(({from, to}) => links.size === 0 || links.has(cluster.links.between(from, to)))
        return happened
      }
      case 'slow-disk':
        return this.#each(target, ({machine}) => added(machine.disk, 'slowUs', us))
      case 'sync-error':
        return this.#each(target, ({machine}) => {
          machine.disk.failNextSync()
          return happened
        })
      case 'disk-full':
        return this.#each(target, ({machine: {disk, place}}) => {
          disk.fill()
          this.#room(place, true)
          return () => {
            disk.free()
            this.#room(place, disk.isFull)
          }
        })
      case 'disk-low':
        return this.#each(target, ({machine: {disk}}) => {
          disk.starve(this.world.nowMs)
          return () => disk.feed()
        })
      case 'bit-rot':
        return this.#each(target, ({machine}) => {
          if (!this.#maySpoil(machine.place)) return nobody
          void machine.disk.rot(number('bits'))
          return happened
        })
      case 'slow-apply':
        return this.#each(target, ({machine}) => added(machine, 'slowApplyUs', us))
      case 'checkpoint-error':
        return this.#each(target, ({machine}) => added(machine, 'checkpointFaults', 1))
      case 'wall-jump':
        return this.#each(target, ({machine}) => {
          machine.clock.jump(number('byMs'))
          return happened
        })
      case 'drift':
        return this.#each(target, ({machine}) => added(machine.clock, 'rate', share))
      case 'etcd-down':
        etcd.down()
        return () => etcd.up()
      case 'etcd-slow':
        return added(etcd, 'slowUs', us)
      case 'etcd-lost-answers':
        return added(etcd, 'lostAnswers', share)
      case 'etcd-compact':
        etcd.etcd.compact()
        return happened
      case 'etcd-watch-gap':
        etcd.breakWatches()
        return happened
      case 'failpoint':
        return this.#each(target, ({machine: {failpoints}}) => {
          const site = String(fault.args.site)
          failpoints.arm(site, share)
          return () => failpoints.disarm(site)
        })
      case 'leader-transfer':
        return this.#transfer(target)
      case 'checkpoint':
        return this.#checkpoint(target)
      case 'kill':
        return this.#each(target, (supervisor) => down(supervisor, () => supervisor.kill()))
      case 'strand':
        return this.#each(target, ({machine}) => this.#strand(machine, fault.forMs ?? 0))
      case 'crash-at':
        return this.#each(target, (supervisor) => this.#crashAt(supervisor, String(fault.args.site)))
      case 'etcd-lost-requests':
        return added(etcd, 'lostRequests', share)
      case 'administer':
        void this.administrator.act(this.#random)
        return happened
      case 'take-ids':
        cluster.clerks.take(number('count'))
        return happened
      case 'move-replica':
        return this.#move(target, fault.args.from as PlaceName, fault.args.to as PlaceName)
    }
  }

  #each(target: Target, hit: (supervisor: Supervisor) => End | null): End | null {
    const ends = this.#supervisors(target).flatMap((supervisor) => hit(supervisor) ?? [])
    return ends.length === 0 ? nobody : all(ends)
  }

  #supervisors(target: Target): Supervisor[] {
    const {supervisors} = this.cluster
    switch (target.shape) {
      case 'ps':
      case 'node': {
        const supervisor = supervisors.get(target.place)
        return supervisor === undefined ? [] : [supervisor]
      }
      case 'all ps':
        return [...supervisors].flatMap(([place, supervisor]) => (place.startsWith('ps/') ? supervisor : []))
      case 'leader': {
        const leader = this.#leader(target.group)
        return leader === null ? [] : [this.cluster.supervisor(leader.place)]
      }
      case 'follower': {
        const leader = this.#leader(target.group)
        const group = this.#group(target.group)
        const others = group === null ? [] : this.cluster.members(group).filter(({place}) => place !== leader?.place)
        return others.slice(0, 1).map(({place}) => this.cluster.supervisor(place))
      }
      default:
        return []
    }
  }

  #group(number: number): PartitionId | null {
    return this.cluster.groups[number - 1] ?? null
  }

  #leader(number: number) {
    const group = this.#group(number)
    return group === null ? null : this.cluster.leader(group)
  }

  /** At most one copy of anything is lost for good, and only where there are others. */
  #maySpoil(place: PlaceName): boolean {
    const {supervisors, groups} = this.cluster
    const isHere = (group: PartitionId) => this.cluster.replicas(group).some((one) => one.place === place)
    const isSafe = groups.filter(isHere).every((group) => this.cluster.replicas(group).length >= 3)
    const isFirst = this.spoilt.size === 0 || this.spoilt.has(place)
    if (!isSafe || !isFirst || !supervisors.has(place)) return false
    this.spoilt.add(place)
    this.tell({atMs: this.world.nowMs, kind: 'spoilt', place})
    return true
  }

  #close(links: readonly Link[]): End | null {
    if (links.length === 0) return nobody
    for (const link of links) link.close()
    return () => {
      for (const link of links) link.open()
    }
  }

  #linksTo(target: Target): Link[] {
    if (target.shape !== 'link') return []
    const [from, to] = [target.from, target.to].map((place) => this.cluster.supervisors.get(place)?.machine.ip)
    return from === undefined || to === undefined ? [] : [this.cluster.links.between(from, to)]
  }

  #linksOf(ip: string): Link[] {
    return this.#between(
      [ip],
      this.cluster.ips.filter((other) => other !== ip),
    )
  }

  #between(some: readonly string[], others: readonly string[]): Link[] {
    const {links} = this.cluster
    return some.flatMap((a) => others.flatMap((b) => [links.between(a, b), links.between(b, a)]))
  }

  #weather(target: Target): {meanUs: number; loss: number}[] {
    return target.shape === 'cluster' ? [this.cluster.links.weather] : this.#linksTo(target)
  }

  #split(places: readonly PlaceName[]): End | null {
    const side = places.flatMap((place) => this.cluster.supervisors.get(place)?.machine.ip ?? [])
    const others = this.cluster.ips.filter((ip) => !side.includes(ip))
    return side.length === 0 || others.length === 0 ? nobody : this.#close(this.#between(side, others))
  }

  #majorityRing(): End | null {
    const ring = this.#supervisors({shape: 'all ps'}).map(({machine}) => machine.ip)
    const reach = Math.ceil(Math.floor(ring.length / 2) / 2)
    const cut = ring.flatMap((a, at) =>
      ring.flatMap((b, other) => {
        const distance = Math.min(Math.abs(at - other), ring.length - Math.abs(at - other))
        return distance > reach ? [this.cluster.links.between(a, b)] : []
      }),
    )
    return this.#close(cut)
  }

  #cutOff(ip: string): End | null {
    const others = this.#supervisors({shape: 'all ps'}).flatMap(({machine}) => (machine.ip === ip ? [] : machine.ip))
    return this.#close(this.#between([ip], others))
  }

  /**
   * It stands still for the first half of the time, in which the others elect another leader, and then does not know it. Nor does
   * the first router.
   */
  #strand(machine: Machine, forMs: number): End | null {
    const {cluster} = this
    const masters = [...cluster.supervisors].flatMap(([place, {machine}]) =>
      place.startsWith('master/') ? machine.ip : [],
    )
    const router = cluster.supervisor('router/1').machine.ip
    const parts = [this.#cutOff(machine.ip), this.#close(this.#between([router], [cluster.etcd.ip, ...masters]))]
    let isStill = true
    const move = () => {
      if (isStill) machine.resume()
      isStill = false
    }
    machine.pause()
    this.world.after((forMs / 2) * 1_000, null, 'fault', move)
    return all([...parts.flatMap((end) => end ?? []), move])
  }

  #crashAt(supervisor: Supervisor, site: string): End {
    const {failpoints} = supervisor.machine
    let isDown = false
    const disarm = failpoints.whenHit(site, () => {
      isDown = true
      this.world.after(0, null, 'fault', () => supervisor.crash('sector'))
    })
    return () => {
      disarm()
      if (isDown) supervisor.release()
    }
  }

  /** Clogged one after the other in the first half of the time, released one after the other in the second. */
  #swizzle({args, forMs}: Fault): End | null {
    const [clogged, released] = [args.clogged, args.released].map((places) =>
      (places as readonly PlaceName[]).flatMap((place) => this.cluster.supervisors.get(place) ?? []),
    )
    if (clogged === undefined || released === undefined || clogged.length === 0) return nobody
    const opened = new Map<Supervisor, End>()
    const stepUs = ((forMs ?? 0) * 1_000) / (2 * clogged.length)
    let isOver = false
    clogged.forEach((supervisor, at) => {
      this.world.after(at * stepUs, null, 'fault', () => {
        const end = isOver ? nobody : this.#close(this.#linksOf(supervisor.machine.ip))
        if (end !== nobody) opened.set(supervisor, end)
      })
    })
    const release = (supervisor: Supervisor) => {
      opened.get(supervisor)?.()
      opened.delete(supervisor)
    }
    released.forEach((supervisor, at) => {
      this.world.after((clogged.length + at) * stepUs, null, 'fault', () => release(supervisor))
    })
    return () => {
      isOver = true
      for (const supervisor of [...opened.keys()]) release(supervisor)
    }
  }

  #room(place: PlaceName, isFull: boolean): void {
    this.tell({atMs: this.world.nowMs, kind: 'disk-room', place, isFull})
  }

  #transfer(target: Target): End | null {
    const leader = target.shape === 'group' ? this.#leader(target.group) : null
    if (leader === null) return nobody
    const patience = new AbortController()
    this.#within(leader.place, () => leader.partition.handOver(patience.signal))
    this.world.after(transferMs * 1_000, null, 'fault', () => patience.abort())
    return happened
  }

  /** From the server, or another that has a replica, to the server, or another that has none. */
  #move(target: Target, from: PlaceName, to: PlaceName): End | null {
    const group = target.shape === 'group' ? this.#group(target.group) : null
    if (group === null) return nobody
    const holders = this.cluster.replicas(group).map(({place}) => place)
    const others = this.#supervisors({shape: 'all ps'})
      .map(({machine}) => machine.place)
      .filter((place) => !holders.includes(place))
    const source = holders.includes(from) ? from : holders[0]
    const destination = others.includes(to) ? to : others[0]
    if (source === undefined || destination === undefined) return nobody
    void this.cluster.moveReplica(group, source, destination)
    return happened
  }

  #checkpoint(target: Target): End | null {
    const group = target.shape === 'group' ? this.#group(target.group) : null
    const members = group === null ? [] : this.cluster.members(group)
    for (const {place, partition} of members) this.#within(place, () => partition.flush())
    return members.length === 0 ? nobody : happened
  }

  /** As the process's own doing: it ends with it, and its failure is nobody else's. */
  #within(place: PlaceName, task: () => Promise<void>): void {
    const {process} = this.cluster.supervisor(place).machine
    process?.after(
      0,
      'task',
      () =>
        void Promise.resolve()
          .then(task)
          .catch(() => {}),
    )
  }
}

function down(supervisor: Supervisor, take: () => void): End {
  take()
  return () => supervisor.release()
}

function added<Name extends string>(holder: {[name in Name]: number}, name: Name, amount: number): End {
  holder[name] += amount as never
  return () => {
    holder[name] -= amount as never
  }
}

function all(ends: readonly End[]): End | null {
  if (ends.length === 0) return nobody
  return () => {
    for (const end of ends) end()
  }
}
