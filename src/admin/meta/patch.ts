/**
 * The difference of two moments as a plan that makes of the first what the second is: `plan apply` carries it out, `plan rehearse`
 * shows it, and what was done of it can be taken back.
 *
 * It leaves out what `meta restore` leaves out, and users besides: a plan is a file that is passed around, and holds no passwords.
 */
import {Buffer} from 'node:buffer'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import type {Change} from '../changes/guarded-writer.js'
import {inverseOf, type Plan, planId, type Step} from '../plan/plan.js'
import {decodedText} from '../plan/record-text.js'
import {metaDifference} from './difference.js'
import {kindOf, metaKinds} from './meta-kinds.js'
import {prepareRestore} from './restoration.js'

export interface PatchOptions {
  /** The command, for whoever finds the plan. */
  readonly action: string
  /**
   * Whether `before` counts its revisions as the cluster does that the plan is for. Then each key must still be at the revision
   * at which it was read; otherwise it must have the value.
   */
  readonly isOfCluster: boolean
  readonly nowMs: number
}

export interface MetaPatch {
  readonly plan: Plan
  readonly warnings: readonly string[]
}

type RecordStep = Step & {readonly do: 'writeRecord'}

const patchedKinds = metaKinds.filter((kind) => kind !== 'users')

export async function metaPatch(
  before: MetaReading,
  after: MetaReading,
  {action, isOfCluster, nowMs}: PatchOptions,
): Promise<MetaPatch> {
  const {keys} = before
  const kvs = new Map<string, KeyValue>()
  for await (const kv of after.scan(after.keys.all)) kvs.set(kv.key, kv)
  const saved = {content: {revision: after.revision, kvs}, from: after.keys.cluster}
  const {changes} = await prepareRestore(before, saved, {only: patchedKinds, aliveServers: 0})
  const written = changes.filter(isText)
  const steps = written.map(
    ({key, before: was, after: becomes}): RecordStep => ({
      do: 'writeRecord',
      key,
      before: was === null ? null : decodedText(keys, was),
      after: becomes === null ? null : textOf(becomes),
    }),
  )
  const content = {
    apiVersion: 'vearchctl/v1',
    kind: 'Plan',
    action,
    cluster: keys.cluster,
    revision: before.revision,
    preconditions: isOfCluster
      ? written.map(({key, before: was}, step) => ({key, modRevision: was?.modRevision ?? 0, step}))
      : [],
    steps,
    inverse: steps.map(inverseOf),
    verify: [],
    blocked: [],
  } as const
  const {apiVersion, kind, ...rest} = content
  const plan = {apiVersion, kind, id: planId(content), madeAt: new Date(nowMs).toISOString(), ...rest}
  return {plan, warnings: await leftOut(before, after, new Set(written.map(({key}) => key)))}
}

async function leftOut(before: MetaReading, after: MetaReading, written: ReadonlySet<string>): Promise<string[]> {
  const {rows} = await metaDifference(before, after)
  const counts = new Map<string, Set<string>>()
  for (const {key} of rows) {
    const whole = `${before.keys.all}${key}`
    if (written.has(whole)) continue
    const kind = kindOf(before.keys.parse(whole))
    counts.set(kind, (counts.get(kind) ?? new Set()).add(key))
  }
  if (counts.size === 0) return []
  const kinds = [...counts].map(([kind, found]) => `${found.size} of ${kind}`)
  return [`left out, for a plan may not write them: ${kinds.join(', ')}`]
}

/** A plan is JSON, and bytes that are no text would come out of it as something else. */
function isText({after}: Change): boolean {
  return after === null || typeof after === 'string' || Buffer.from(textOf(after)).equals(after)
}

function textOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : new TextDecoder().decode(value)
}
