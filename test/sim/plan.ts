/**
 * Faults as data: what goes wrong, when, where and for how long. A plan is what a seed is turned into before anything runs,
 * what a failure is shrunk to, and what is kept on the shelf (`plans/`).
 *
 * - Targets are symbolic, so that a plan outlives changes of the code: `ps/2` is the second partition server, whatever its
 *   node id; `leader of group 3` is whoever leads the third partition (in order of their ids) when the fault begins. A
 *   target that is nobody at that moment makes the fault void.
 * - A fault with `forMs` ends by itself; one without has happened when it began. Faults may overlap, and each ends what it
 *   alone began.
 * - `faultKinds` says what each kind may be given. `planFrom` refuses whatever is not in it.
 */
export type PlaceName = `${'ps' | 'master' | 'router'}/${number}`

interface Kind {
  readonly targets: readonly TargetShape[]
  /** The longest that it may last; null if it is over when it happened. */
  readonly longestMs: number | null
  readonly args: Readonly<Record<string, ArgRule>>
}

/** `all ps` is each of them at once; `cluster` the network as a whole; a link is directed. */
export type TargetShape = 'ps' | 'node' | 'leader' | 'follower' | 'group' | 'link' | 'etcd' | 'all ps' | 'cluster'

type ArgRule =
  | {readonly from: number; readonly to: number}
  /** A place, or several. */
  | 'place'
  | 'places'
  | 'text'

const second = 1_000
const permille: ArgRule = {from: 0, to: 1_000}
const delay: ArgRule = {from: 0, to: 5 * second}
const member = ['ps', 'leader', 'follower'] as const
const process = [...member, 'node'] as const

export const faultKinds = {
  /** Power goes; what was not synced survives, vanishes or is torn. Back after `forMs`. */
  crash: {targets: [...process, 'all ps'], longestMs: 60 * second, args: {}},
  /** The process stands still, then has everything at once. */
  pause: {targets: process, longestMs: 60 * second, args: {}},
  /** SIGTERM, and back after `forMs`. */
  stop: {targets: [...process, 'all ps'], longestMs: 60 * second, args: {}},
  /** The disk is gone for good; comes back after `forMs` as a new node. */
  wipe: {targets: member, longestMs: 60 * second, args: {}},

  /** Nothing from it or to it. */
  isolate: {targets: process, longestMs: 60 * second, args: {}},
  /** No other server reaches it, or is reached; clients and masters still do, and may be told old things. */
  'cut-off': {targets: member, longestMs: 60 * second, args: {}},
  /** Those of `side` reach each other, and so do all others. */
  split: {targets: ['cluster'], longestMs: 60 * second, args: {side: 'places'}},
  'one-way': {targets: ['link'], longestMs: 60 * second, args: {}},
  /** Each server reaches its neighbours in a ring, so that each sees a majority and no two see the same. */
  'majority-ring': {targets: ['cluster'], longestMs: 60 * second, args: {}},
  /** Nothing arrives, and then all of it. */
  clog: {targets: ['link'], longestMs: 10 * second, args: {}},
  /** Servers are clogged one after the other in one order, and released in another. */
  'swizzle-clog': {targets: ['cluster'], longestMs: 30 * second, args: {clogged: 'places', released: 'places'}},
  latency: {targets: ['link', 'cluster'], longestMs: 60 * second, args: {meanMs: delay}},
  loss: {targets: ['link', 'cluster'], longestMs: 60 * second, args: {permille}},
  /** Connections break. */
  reset: {targets: ['link', 'cluster'], longestMs: null, args: {}},

  'slow-disk': {targets: member, longestMs: 60 * second, args: {meanMs: delay}},
  /** The next sync fails and loses what it should have written. */
  'sync-error': {targets: member, longestMs: null, args: {}},
  'disk-full': {targets: member, longestMs: 60 * second, args: {}},
  /** Bits of a file at rest flip, while the others of its groups are whole. */
  'bit-rot': {targets: ['ps', 'follower'], longestMs: null, args: {bits: {from: 1, to: 64}}},
  'slow-apply': {targets: member, longestMs: 60 * second, args: {meanMs: delay}},
  'checkpoint-error': {targets: member, longestMs: 60 * second, args: {}},

  'wall-jump': {targets: process, longestMs: null, args: {byMs: {from: -86_400 * second, to: 86_400 * second}}},
  drift: {targets: process, longestMs: 600 * second, args: {permille: {from: -50, to: 50}}},

  'etcd-down': {targets: ['etcd'], longestMs: 60 * second, args: {}},
  'etcd-slow': {targets: ['etcd'], longestMs: 60 * second, args: {meanMs: delay}},
  /** Transactions happen, and nobody hears of it. */
  'etcd-lost-answers': {targets: ['etcd'], longestMs: 60 * second, args: {permille}},
  'etcd-compact': {targets: ['etcd'], longestMs: null, args: {}},
  /** Watches break, and miss what happens before they are back. */
  'etcd-watch-gap': {targets: ['etcd'], longestMs: null, args: {}},

  failpoint: {targets: process, longestMs: 60 * second, args: {site: 'text', permille}},

  'leader-transfer': {targets: ['group'], longestMs: null, args: {to: 'place'}},
  'move-replica': {targets: ['group'], longestMs: null, args: {from: 'place', to: 'place'}},
  checkpoint: {targets: ['group'], longestMs: null, args: {}},

  /** No other server reaches it, and while it stands still at first others move on; the first router's clients go on asking it. */
  strand: {targets: member, longestMs: 60 * second, args: {}},
  /** The process is gone at once, and what it wrote is still in its machine's memory. */
  kill: {targets: process, longestMs: 60 * second, args: {}},
  /** Power goes when it next comes by the site, and tears what is being written at the disk's sectors. Back after `forMs`. */
  'crash-at': {targets: process, longestMs: 60 * second, args: {site: 'text'}},
  /** Requests break off before etcd has them; who sent one cannot know. */
  'etcd-lost-requests': {targets: ['etcd'], longestMs: 60 * second, args: {permille}},
  /** An administrator makes a small space, or removes one of those. */
  administer: {targets: ['cluster'], longestMs: null, args: {}},
  /** Two operators take so many ids each, one by one. */
  'take-ids': {targets: ['etcd'], longestMs: null, args: {count: {from: 1, to: 100}}},
  /** All but full: a log still finds room, and whoever writes to an engine is gone. */
  'disk-low': {targets: member, longestMs: 60 * second, args: {}},
} as const satisfies Readonly<Record<string, Kind>>

export type FaultKind = keyof typeof faultKinds
export type FaultArg = number | string | readonly string[]

export interface Fault {
  readonly atMs: number
  readonly kind: FaultKind
  readonly target: string
  readonly args: Readonly<Record<string, FaultArg>>
  /** Null for what is over when it happened. */
  readonly forMs: number | null
}

export type Plan = readonly Fault[]

export type Target =
  | {readonly shape: 'ps' | 'node'; readonly place: PlaceName}
  | {readonly shape: 'leader' | 'follower' | 'group'; readonly group: number}
  | {readonly shape: 'link'; readonly from: PlaceName; readonly to: PlaceName}
  | {readonly shape: 'etcd' | 'all ps' | 'cluster'}

/** Throws if it is no target. */
export function targetOf(text: string): Target {
  if (text === 'etcd' || text === 'all ps' || text === 'cluster') return {shape: text}
  const group = /^(?:(leader|follower) of )?group ([1-9]\d*)$/.exec(text)
  if (group !== null) return {shape: (group[1] ?? 'group') as 'leader' | 'follower' | 'group', group: Number(group[2])}
  if (isPlace(text)) return {shape: text.startsWith('ps/') ? 'ps' : 'node', place: text}
  const [from = '', to = '', ...rest] = text.split('>')
  if (isPlace(from) && isPlace(to) && from !== to && rest.length === 0) return {shape: 'link', from, to}
  throw new Error(`'${text}' is no target`)
}

export function isPlace(text: string): text is PlaceName {
  return /^(?:ps|master|router)\/[1-9]\d*$/.test(text)
}

/** One fault a line. */
export function planText(plan: Plan): string {
  return `[\n${plan.map((fault) => `  ${JSON.stringify(fault)}`).join(',\n')}\n]\n`
}

/** Throws on whatever is no plan, with the number of the fault and what is wrong with it. */
export function planFrom(text: string): Plan {
  const read: unknown = JSON.parse(text)
  if (!Array.isArray(read)) throw new Error('a plan is a list of faults')
  return read.map((fault: unknown, at) => {
    try {
      return faultFrom(fault)
    } catch (thrown) {
      throw new Error(`fault ${at + 1} of the plan: ${thrown instanceof Error ? thrown.message : thrown}`)
    }
  })
}

/** As a sentence: `at 1200 ms crash leader of group 2 for 3000 ms`. */
export function faultText({atMs, kind, target, args, forMs}: Fault): string {
  const given = Object.entries(args).map(([name, value]) => ` ${name}=${value}`)
  return `at ${atMs} ms ${kind} ${target}${given.join('')}${forMs === null ? '' : ` for ${forMs} ms`}`
}

function faultFrom(read: unknown): Fault {
  if (typeof read !== 'object' || read === null) throw new Error('it is no object')
  const {atMs, kind, target, args = {}, forMs = null, ...others} = read as Record<string, unknown>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new Error(`'${unknown}' means nothing`)
  if (!isKind(kind)) throw new Error(`there is no kind '${kind}'`)
  if (!isMoment(atMs)) throw new Error(`atMs is ${atMs}`)
  if (typeof target !== 'string') throw new Error(`its target is ${target}`)
  const {targets, longestMs, args: rules}: Kind = faultKinds[kind]
  const {shape} = targetOf(target)
  if (!targets.includes(shape)) throw new Error(`${kind} cannot happen to ${target}`)
  if (longestMs === null ? forMs !== null : !isMoment(forMs) || forMs > longestMs)
    throw new Error(`${kind} for ${forMs} ms`)
  return {atMs, kind, target, args: argsFrom(kind, rules, args), forMs: forMs as number | null}
}

function argsFrom(kind: string, rules: Kind['args'], read: unknown): Fault['args'] {
  if (typeof read !== 'object' || read === null) throw new Error('args is no object')
  const given = new Map<string, unknown>(Object.entries(read))
  for (const name of given.keys()) if (!Object.hasOwn(rules, name)) throw new Error(`${kind} has no ${name}`)
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => {
      const value = given.get(name)
      if (!isArg(rule, value)) throw new Error(`${name} is ${JSON.stringify(value)}`)
      return [name, value]
    }),
  )
}

function isArg(rule: ArgRule, value: unknown): value is FaultArg {
  if (rule === 'text') return typeof value === 'string'
  if (rule === 'place') return typeof value === 'string' && isPlace(value)
  if (rule === 'places') return Array.isArray(value) && value.every((place) => isArg('place', place))
  return typeof value === 'number' && Number.isInteger(value) && value >= rule.from && value <= rule.to
}

function isKind(kind: unknown): kind is FaultKind {
  return typeof kind === 'string' && Object.hasOwn(faultKinds, kind)
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
