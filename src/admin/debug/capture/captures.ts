/**
 * Captures: a process each that looks at a cluster again and again, for an operator with a fault that comes and goes.
 *
 * Each has a directory under the state directory: `capture.json` (what was asked for), `samples.jsonl` (a line for each look, synced
 * before the next one), `ended.json` (what became of it), and the claim of the process that writes it. When it ends, by a signal, by its
 * time or by its size, the samples become a debug bundle and are removed. After a SIGKILL they are still there, and `stop` makes the
 * bundle of them, but for a line that was cut off.
 *
 * Order to read: `meta/offline/samples.ts` (what changed between looks), picture-parts, captured (what the bundle has), this, run-capture
 * (the loop), capture-bundle, stop-capture, captured-timeline.
 */
import {Buffer} from 'node:buffer'
import {join} from 'node:path'
import {isObject, parseJson, stringifyJson} from '../../../entity/json.js'
import {type DirectoryLock, holderOf} from '../../../env/directory-lock.js'
import type {Env} from '../../../env/env.js'
import {appendPrivately, writePrivately} from '../../../env/private-file.js'
import type {Session} from '../../session/session.js'
import type {CapturedSample, CaptureEnd} from './captured.js'

export interface CaptureRequest {
  readonly id: string
  readonly cluster: string
  /** `etcd 10.0.0.1:2370`. */
  readonly place: string
  /** Where the bundle goes, by its full path. */
  readonly file: string
  readonly startedAt: string
  readonly everyMs: number
  readonly forMs: number
  readonly sizeMax: number
}

export interface CaptureRow extends Omit<CaptureRequest, 'place'> {
  /** `cut off`: its process is gone, and there is no bundle yet. */
  readonly state: 'running' | 'ended' | 'cut off'
  /** Of the process; null where there is none. */
  readonly pid: number | null
  readonly samples: number
  /** Looks that failed. */
  readonly failed: number
  readonly events: number
  /** Of the bundle, or of the samples until there is one. */
  readonly bytes: number
  readonly ended: CaptureEnd | null
}

/** What is written down when there is a bundle. */
export type CaptureOutcome = Pick<CaptureRow, 'samples' | 'failed' | 'events' | 'bytes'> & {readonly ended: CaptureEnd}

export interface Capture {
  readonly request: CaptureRequest
  readonly directory: string
}

/** Of captures that are over, so many are remembered. */
const endedMax = 20

export class Captures {
  constructor(
    private readonly env: Pick<Env, 'disk' | 'random'>,
    private readonly directory: string,
  ) {}

  static async of({env, options, connections}: Session): Promise<Captures> {
    return new Captures(
      env,
      join(options.stateDirectory, `captures-${encodeURIComponent(await connections.cluster())}`),
    )
  }

  /** This process has it until the lock is released. */
  async begin(asked: Omit<CaptureRequest, 'id'>): Promise<{readonly capture: Capture; readonly lock: DirectoryLock}> {
    await this.#forgetOldest()
    const {disk, random} = this.env
    const request = {id: `c${Buffer.from(random.bytes(4)).toString('hex')}`, ...asked}
    const directory = join(this.directory, request.id)
    const lock = await disk.lock(directory)
    await writePrivately(join(directory, requestFile), stringifyJson(request))
    return {capture: {request, directory}, lock}
  }

  /** Oldest first. */
  async list(): Promise<CaptureRow[]> {
    const captures = await this.#all()
    return Promise.all(captures.map((capture) => rowOf(this.env.disk, capture)))
  }

  async find(id: string): Promise<Capture | null> {
    return (await this.#all()).find(({request}) => request.id === id) ?? null
  }

  async #all(): Promise<Capture[]> {
    const captures: Capture[] = []
    for (const name of await this.env.disk.list(this.directory)) {
      const directory = join(this.directory, name)
      const request = objectIn(await this.env.disk.readFile(join(directory, requestFile)))
      if (request !== null) captures.push({directory, request: request as unknown as CaptureRequest})
    }
    return captures.sort((a, b) => (a.request.startedAt < b.request.startedAt ? -1 : 1))
  }

  async #forgetOldest(): Promise<void> {
    const ended = (await this.list()).filter(({state}) => state === 'ended')
    for (const {id} of ended.slice(0, Math.max(0, ended.length - endedMax + 1))) {
      await this.env.disk.remove(join(this.directory, id))
    }
  }
}

const requestFile = 'capture.json'
const samplesFile = 'samples.jsonl'
const endedFile = 'ended.json'
const newline = 0x0a

export function appendSample({directory}: Capture, line: string): Promise<void> {
  return appendPrivately(join(directory, samplesFile), line)
}

/** Up to a line that was cut off. */
export async function samplesOf(disk: Env['disk'], {directory}: Capture): Promise<readonly CapturedSample[]> {
  const bytes = (await disk.readFile(join(directory, samplesFile))) ?? new Uint8Array()
  const samples: CapturedSample[] = []
  let from = 0
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
    const sample = objectIn(bytes.subarray(from, end))
    if (sample === null) break
    samples.push(sample as unknown as CapturedSample)
    from = end + 1
  }
  return samples
}

/** One that came to nothing leaves nothing behind. */
export async function forgetIfEmpty(disk: Env['disk'], capture: Capture): Promise<void> {
  if ((await samplesOf(disk, capture)).length === 0) await disk.remove(capture.directory)
}

/** There is a bundle: the samples are in it, and no longer needed here. */
export async function recordEnd(disk: Env['disk'], {directory}: Capture, outcome: CaptureOutcome): Promise<void> {
  await writePrivately(join(directory, endedFile), stringifyJson(outcome))
  await disk.remove(join(directory, samplesFile))
}

export async function outcomeOf(disk: Env['disk'], {directory}: Capture): Promise<CaptureOutcome | null> {
  return objectIn(await disk.readFile(join(directory, endedFile))) as CaptureOutcome | null
}

export function countsOf(samples: readonly CapturedSample[]): Pick<CaptureRow, 'samples' | 'failed' | 'events'> {
  return {
    samples: samples.length,
    failed: samples.filter(({failed}) => failed !== null).length,
    events: samples.reduce((sum, {events}) => sum + events.length, 0),
  }
}

export async function rowOf(disk: Env['disk'], capture: Capture): Promise<CaptureRow> {
  const {place, ...request} = capture.request
  // in this order: one that ends meanwhile is not taken for one that was killed
  const pid = await holderOf(capture.directory)
  const outcome = await outcomeOf(disk, capture)
  if (outcome !== null) return {...request, state: 'ended', pid: null, ...outcome}
  const samples = await samplesOf(disk, capture)
  const bytes = Buffer.byteLength(samples.map((sample) => stringifyJson(sample)).join('\n'))
  return {...request, state: pid === null ? 'cut off' : 'running', pid, ...countsOf(samples), bytes, ended: null}
}

function objectIn(bytes: Uint8Array | null): Readonly<Record<string, unknown>> | null {
  try {
    const value = bytes === null ? null : parseJson(new TextDecoder().decode(bytes))
    return isObject(value) ? value : null
  } catch {
    // cut off by a crash
    return null
  }
}
