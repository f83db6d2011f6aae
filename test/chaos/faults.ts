/**
 * How each kind of fault of a plan is done to real processes, and when.
 *
 * A fault that has begun says how it ends, or null if it is over; one that found nobody, or that the machine does not
 * allow, is void. What must hold of the process meanwhile is judged on the spot, in `process-faults` and `disk-faults`;
 * what must hold of the data, by the histories of the clients.
 */
import {setTimeout as delay} from 'node:timers/promises'
import {type Fault, type FaultKind, faultText, type PlaceName, type Plan, targetOf} from '../sim/plan.js'
import type {Arena, Deed} from './arena.js'
import {bitRot, diskFull, syncError, wipe} from './disk-faults.js'
import {isolation, losses, majorityRing, oneWay, split} from './impairments.js'
import type {Impairment} from './network.js'
import {crash, etcdDown, etcdSlow, pause, stop} from './process-faults.js'

export type Begun = (() => Promise<void>) | null | 'void'
type Begin = (arena: Arena, fault: Fault) => Promise<Begun>

const begins: Readonly<Partial<Record<FaultKind, Begin>>> = {
  crash,
  stop,
  pause,
  'etcd-down': etcdDown,
  'etcd-slow': etcdSlow,
  'disk-full': diskFull,
  'sync-error': syncError,
  'bit-rot': bitRot,
  wipe,
  isolate: async (arena, fault) => {
    const [node] = await arena.nodesOf(fault)
    return node === undefined ? 'void' : impair(arena, isolation(node.host.name, hosts(arena)), 'partitions')
  },
  split: (arena, {args}) => {
    const side = (args.side as readonly PlaceName[]).map((place) => hostOf(arena, place))
    return impair(arena, split(side, hosts(arena)), 'partitions')
  },
  'majority-ring': (arena) =>
    impair(arena, majorityRing(arena.cluster.servers.map(({host}) => host.name)), 'partitions'),
  'one-way': (arena, fault) => impair(arena, [link(arena, fault)], 'partitions', 'one-way'),
  /** To TCP no different: what was not delivered is sent again. */
  clog: (arena, fault) => impair(arena, [link(arena, fault)], 'partitions', 'one-way'),
  loss: (arena, {args}) => impair(arena, losses(hosts(arena), Number(args.permille)), 'losses'),
  'wall-jump': async (arena, fault) => {
    const [node] = await arena.nodesOf(fault)
    const setClock = node?.host.setClock ?? null
    if (setClock === null) return 'void'
    await setClock(Number(fault.args.byMs))
    arena.count('clock jumps')
    return null
  },
}

/** Resolves when every fault of the plan has begun and ended. */
export async function execute(plan: Plan, arena: Arena, onFault: (text: string) => void): Promise<void> {
  const startedAt = performance.now()
  await Promise.all(
    plan.map(async (fault) => {
      await delay(Math.max(0, startedAt + fault.atMs - performance.now()))
      const begun = (await begins[fault.kind]?.(arena, fault)) ?? null
      if (begun === 'void') arena.count('void')
      onFault(`${faultText(fault)}${begun === 'void' ? ', void' : ''}`)
      if (typeof begun !== 'function') return
      await delay(fault.forMs ?? 0)
      await begun()
    }),
  )
}

async function impair(arena: Arena, impairments: readonly Impairment[], ...as: readonly Deed[]): Promise<Begun> {
  const heal = await arena.cluster.machines.impair(impairments)
  if (heal === null) return 'void'
  for (const deed of as) arena.count(deed)
  return heal
}

function hosts({cluster}: Arena): readonly string[] {
  return [cluster.etcdHost, ...cluster.nodes.map(({host}) => host)].map(({name}) => name)
}

function hostOf({cluster}: Arena, place: PlaceName): string {
  return cluster.node(place).host.name
}

function link(arena: Arena, {target}: Fault): Impairment {
  const aim = targetOf(target)
  if (aim.shape !== 'link') throw new Error(`${target} is no link`)
  return oneWay(hostOf(arena, aim.from), hostOf(arena, aim.to))
}
