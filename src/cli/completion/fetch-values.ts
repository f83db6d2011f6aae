/**
 * Ids and names of the cluster that a line would ask, for a shell that keeps nothing from one Tab to the next.
 */

import {stateDirectory} from '../../admin/changes/journal.js'
import {Contexts} from '../../admin/contexts/contexts.js'
import {Connections} from '../../admin/session/connections.js'
import {Session} from '../../admin/session/session.js'
import type {Log} from '../../env/log.js'
import {LiveView} from '../../meta/live-view.js'
import type {MetaReading} from '../../meta/reading.js'
import type {KeyValue} from '../../meta/store.js'
import {commandEnv} from '../command-env.js'
import type {ManifestCommand, ManifestFlag} from '../manifest.js'
import {targetOf} from '../target-flags.js'
import type {ValuesOf} from './completer.js'
import {type KnownCluster, liveValues} from './live-values.js'
import type {ValueKind} from './value-kinds.js'

/** Longer than this nobody waits for Tab. */
const timeoutMs = 1_000
/** Of a larger cluster nothing is offered: to read it all would take longer. */
const keysMax = 20_000
const plansMax = 500

interface Line {
  readonly commands: readonly ManifestCommand[]
  readonly words: readonly string[]
}

export async function fetchValues(kind: ValueKind, line: Line): Promise<ValuesOf> {
  const env = commandEnv({debug: false})
  const contexts = new Contexts(env.disk, process.env)
  try {
    if (kind === 'context') {
      const names = [...(await contexts.all()).keys()]
      return () => names.map((value) => ({value, description: ''}))
    }
    const {values, typed} = flagsIn(line)
    const target = await targetOf(values as Parameters<typeof targetOf>[0], typed, contexts)
    const connections = new Connections(target, {...env, secrets: process.env, askPassword: null})
    const session = new Session(connections, {
      timeoutMs,
      nodeTimeoutMs: timeoutMs,
      isDryRun: true,
      stateDirectory: stateDirectory(process.env),
      interrupt: new AbortController().signal,
    })
    try {
      if (kind === 'plan') return await planValues(session)
      return liveValues(await viewOf(await session.reading(), env.log), false)
    } finally {
      session.end()
      await connections.close()
    }
  } catch {
    return () => []
  }
}

/** The newest first. */
async function planValues(session: Session): Promise<ValuesOf> {
  const {planJournal} = await import('../../admin/plan/apply-plan.js')
  const plans = (await (await planJournal(session)).list()).toReversed().slice(0, plansMax)
  const values = plans.map(({plan, state, done}) => ({
    value: plan.id,
    description: `${plan.action}: ${state}, ${done} of ${plan.steps.length} steps`,
  }))
  return () => values
}

async function viewOf(reading: MetaReading, log: Log): Promise<KnownCluster> {
  const kvs: KeyValue[] = []
  for await (const kv of reading.scan(reading.keys.all)) {
    kvs.push(kv)
    if (kvs.length > keysMax) throw new Error('too many keys')
  }
  const once = async function* () {
    yield {type: 'snapshot' as const, kvs, revision: Math.max(1, reading.revision)}
  }
  const view = new LiveView({watch: once}, reading.keys, log)
  await view.start()
  return view
}

/** What the flags on the line and the environment say of the target. */
function flagsIn({commands, words}: Line): {values: Record<string, unknown>; typed: Set<string>} {
  const flags = Object.values(commands[0]?.flags ?? {}).filter(({helpGroup}) => helpGroup === 'TARGET')
  const values: Record<string, unknown> = {}
  const typed = new Set<string>()
  for (const flag of flags) {
    const onLine = valueOnLine(flag, words)
    const text = onLine ?? (flag.env === undefined ? undefined : process.env[flag.env])
    if (onLine !== undefined) typed.add(flag.name)
    if (text !== undefined && text !== '') values[flag.name] = parsed(flag, text)
  }
  return {values, typed}
}

const lists = ['etcd', 'master', 'router']

function parsed({name, type}: ManifestFlag, text: string): unknown {
  if (type === 'boolean') return true
  return lists.includes(name) ? text.split(',').filter((part) => part !== '') : text
}

function valueOnLine({name, type}: ManifestFlag, words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  const word = words[at]
  if (word === undefined) return undefined
  if (type === 'boolean') return 'true'
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
}
