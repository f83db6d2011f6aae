/**
 * Asks the masters who this node is: the address under which they see it, the partitions that it holds, their spaces.
 *
 * Every master is tried in turn, round after round, until one answers. A refusal is final: a node of another cluster, or
 * whose id another machine uses, must not start, and asking again would not change that. (A server's record that the
 * previous run of this node left behind is no reason to refuse: it has the same address.)
 */
import type {NodeId} from '../entity/ids.js'
import type {Registration} from '../entity/server.js'
import type {Env} from '../env/env.js'
import {CodedError} from '../errors/coded-error.js'
import {BackOff} from './back-off.js'
import type {MasterAnswer, MasterClient} from './master-client.js'

const pause = {firstMs: 200, mostMs: 5_000}

export interface Registrant {
  readonly cluster: string
  readonly nodeId: NodeId
}

type Accepted = Extract<MasterAnswer, {accepted: true}>

/** Errors: FOREIGN_NODE_ID, NODE_ID_LIVE_ELSEWHERE, AUTHENTICATION_FAILED, CONFIG_ERROR; the signal's reason. */
export async function register(
  masters: MasterClient,
  registrant: Registrant,
  env: Env,
  signal: AbortSignal,
): Promise<{readonly registration: Registration; readonly master: string; readonly rounds: number}> {
  const {cluster, nodeId} = registrant
  const path = `/register?clusterName=${encodeURIComponent(cluster)}&nodeID=${nodeId}`
  const backOff = new BackOff(env, pause)
  for (let rounds = 1; ; rounds++) {
    try {
      const {data, master} = await ask(masters, {path, ...registrant}, signal)
      return {registration: complete(data), master, rounds}
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || !thrown.retryable) throw thrown
      env.log.warn('ps.register.retry', {round: rounds, error: thrown.message})
      await backOff.wait(signal)
    }
  }
}

/**
 * The address under which the masters see whoever asks: all that a router is told, and nothing is written down for it. Asked once.
 * Errors: as of `register`, but for those of an id; SERVICE_UNAVAILABLE where no master answers.
 */
export async function addressSeen(
  masters: MasterClient,
  cluster: string,
  signal: AbortSignal,
): Promise<{readonly ip: string; readonly master: string}> {
  const path = `/register_router?clusterName=${encodeURIComponent(cluster)}`
  const {data, master} = await ask(masters, {path, cluster, nodeId: null}, signal)
  return {ip: String(data), master}
}

interface Question {
  readonly path: string
  readonly cluster: string
  readonly nodeId: NodeId | null
}

async function ask(masters: MasterClient, question: Question, signal: AbortSignal): Promise<Accepted> {
  const answer = await masters.call(question.path, {}, signal)
  if (!answer.accepted) throw refusal(answer, question)
  return answer
}

/** Vearch leaves out what is empty. */
function complete(data: unknown): Registration {
  const {ip = '', p_ids = [], spaces = []} = (data ?? {}) as Partial<Registration>
  return {ip, p_ids, spaces}
}

type Refusal = Extract<MasterAnswer, {accepted: false}>

function refusal({master, status, msg}: Refusal, {cluster, nodeId}: Question): CodedError {
  const said = `master ${master} says: ${msg}`
  if (status === 401 || status === 403) {
    const hint = 'global.signkey must be the same on every node of the cluster.'
    return new CodedError('AUTHENTICATION_FAILED', said, {hint})
  }
  if (/has register on ip/.test(msg)) {
    const hint = `Stop the other server with id ${nodeId}, or give this one an empty data directory.`
    return new CodedError('NODE_ID_LIVE_ELSEWHERE', said, {hint})
  }
  if (/cluster/i.test(msg)) {
    const hint = `This node is configured for cluster ${cluster}: compare global.name here and at the master.`
    return new CodedError('FOREIGN_NODE_ID', said, {hint})
  }
  return new CodedError('CONFIG_ERROR', `${said} (status ${status})`)
}
