/**
 * Plans and what became of them: a file per plan, `<directory>/<id>.jsonl`, its first line the plan, every further line what
 * happened, each synced before the next thing is done. What a crash left of a line is dropped, and with it whatever comes after: what it
 * was about to say did not begin, or is looked at again.
 */
import {join} from 'node:path'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Plan} from './plan.js'

export type PlanEvent =
  | {readonly at: string; readonly event: 'begun' | 'done'; readonly step: number}
  /** `outcome`: whether it may have happened all the same. */
  | {
      readonly at: string
      readonly event: 'failed'
      readonly step: number
      readonly outcome: 'rejected' | 'unknown'
      readonly reason: string
    }
  | {readonly at: string; readonly event: 'cancelled' | 'verified'; readonly step: number}
  /** Before that step. `reason`: what was found; null where no more steps were asked for. */
  | {readonly at: string; readonly event: 'paused'; readonly step: number; readonly reason: string | null}

export type PlanState = 'new' | 'running' | 'paused' | 'failed' | 'cancelled' | 'applied'

export interface PlanHistory {
  readonly plan: Plan
  readonly events: readonly PlanEvent[]
  readonly state: PlanState
  /** Steps that are done: the next one is the one with this number. */
  readonly done: number
}

/** Of one cluster's plans. */
export function planDirectory(stateDirectory: string, cluster: string): string {
  return join(stateDirectory, `plans-${encodeURIComponent(cluster)}`)
}

export class PlanJournal {
  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
  ) {}

  /** A plan that is known already keeps its history. */
  async keep(plan: Plan): Promise<PlanHistory> {
    const known = await this.find(plan.id)
    if (known !== null) return known
    await this.disk.makeDirectory(this.directory)
    await this.#append(plan.id, plan)
    await this.disk.syncDirectory(this.directory)
    return historyOf(plan, [])
  }

  /** Errors: NOT_FOUND. */
  async read(id: string): Promise<PlanHistory> {
    const history = await this.find(id)
    if (history !== null) return history
    throw new CodedError('NOT_FOUND', `no plan ${id} in ${this.directory}`, {hint: 'vearchctl plan list'})
  }

  async find(id: string): Promise<PlanHistory | null> {
    if (!/^p[0-9a-f]{1,40}$/.test(id)) return null
    const bytes = await this.disk.readFile(this.#path(id))
    if (bytes === null) return null
    const [plan, ...events] = wholeLines(bytes).lines
    return plan?.kind === 'Plan' ? historyOf(plan as unknown as Plan, events as unknown as PlanEvent[]) : null
  }

  /** Oldest first. */
  async list(): Promise<PlanHistory[]> {
    const ids = (await this.disk.list(this.directory)).flatMap((name) => /^(p[0-9a-f]+)\.jsonl$/.exec(name)?.[1] ?? [])
    const histories: PlanHistory[] = []
    for (const id of ids) {
      const history = await this.find(id)
      if (history !== null) histories.push(history)
    }
    return histories.sort((a, b) => (a.plan.madeAt < b.plan.madeAt ? -1 : 1))
  }

  /** What the doctor found when the plan was made; the first time counts. */
  async keepFindings(id: string, findings: readonly string[]): Promise<void> {
    if ((await this.findings(id)) !== null) return
    const file = await this.disk.open(this.#findingsPath(id), {create: true})
    try {
      await file.write(new TextEncoder().encode(stringifyJson(findings.slice(0, findingsMax))), 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** Null where nobody looked. */
  async findings(id: string): Promise<readonly string[] | null> {
    const bytes = await this.disk.readFile(this.#findingsPath(id))
    try {
      const findings = bytes === null ? null : parseJson(utf8.decode(bytes))
      return Array.isArray(findings) ? findings.map(String) : null
    } catch {
      // cut off by a crash: then nobody looked
      return null
    }
  }

  record(id: string, event: PlanEvent): Promise<void> {
    return this.#append(id, event)
  }

  #findingsPath(id: string): string {
    return join(this.directory, `${id}.findings.json`)
  }

  #path(id: string): string {
    return join(this.directory, `${id}.jsonl`)
  }

  /** After the last whole line: what a crash left of the next is written over. */
  async #append(id: string, line: unknown): Promise<void> {
    const path = this.#path(id)
    const kept = (await this.disk.readFile(path)) ?? new Uint8Array()
    const {end} = wholeLines(kept)
    const file = await this.disk.open(path, {create: true})
    try {
      if (end < kept.length) await file.truncate(end)
      await file.write(new TextEncoder().encode(`${stringifyJson(line)}\n`), end)
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

/** Of more, those after them count as new. */
const findingsMax = 10_000
const newline = 0x0a
const utf8 = new TextDecoder('utf-8', {fatal: true})

/** Up to the first line that is none of ours, and where that begins. */
function wholeLines(bytes: Uint8Array): {
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  readonly end: number
} {
  const lines: Readonly<Record<string, unknown>>[] = []
  let end = 0
  for (let next = bytes.indexOf(newline); next >= 0; next = bytes.indexOf(newline, end)) {
    const line = readLine(bytes.subarray(end, next))
    if (line === null) break
    lines.push(line)
    end = next + 1
  }
  return {lines, end}
}

function readLine(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseJson(utf8.decode(bytes))
    return isObject(value) && ('event' in value || 'kind' in value) ? value : null
  } catch {
    return null
  }
}

function historyOf(plan: Plan, events: readonly PlanEvent[]): PlanHistory {
  const done = new Set(events.flatMap(({event, step}) => (event === 'done' ? [step] : [])))
  let count = 0
  while (done.has(count)) count++
  return {plan, events, state: stateOf(events), done: count}
}

function stateOf(events: readonly PlanEvent[]): PlanState {
  switch (events.at(-1)?.event) {
    case undefined:
      return 'new'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return 'cancelled'
    case 'paused':
      return 'paused'
    case 'verified':
      return 'applied'
    default:
      return 'running'
  }
}
