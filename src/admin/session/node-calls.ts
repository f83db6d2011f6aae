/**
 * Questions to partition servers. Each has its own time (`--node-timeout`), so one that is dead or frozen costs the others
 * nothing; what it answered, or that it did not, is a value and never an exception.
 */
import type {NodeId} from '../../entity/ids.js'
import type {Env} from '../../env/env.js'
import {CodedError, toCodedError} from '../../errors/coded-error.js'
import type {PsCaller, PsMethod, PsRequest, PsResponse} from '../../rpc/ps-api.js'

export interface NodeAddress {
  readonly id: NodeId
  readonly host: string
  readonly port: number
}

export type NodeAnswer<T> = {readonly node: NodeId; readonly ms: number} & (
  | {readonly answered: true; readonly value: T}
  | {readonly answered: false; readonly error: CodedError}
)

export interface NodeCallsOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  onAsk(question: string): void
}

/** Servers asked at once. */
const concurrentMax = 64

export class NodeCalls {
  constructor(
    private readonly caller: PsCaller,
    private readonly env: Pick<Env, 'clock'>,
    private readonly options: NodeCallsOptions,
  ) {}

  async ask<M extends PsMethod>(
    {id: node, host, port}: NodeAddress,
    method: M,
    request: PsRequest<M>,
  ): Promise<NodeAnswer<PsResponse<M>>> {
    const {timeoutMs, signal, onAsk} = this.options
    const {clock} = this.env
    const startedAtMs = clock.nowMs()
    const ms = () => Math.round(clock.nowMs() - startedAtMs)
    onAsk(`${method} of node ${node} at ${host}:${port}`)
    try {
      const value = await this.caller.call({host, port}, method, request, {timeoutMs, signal})
      return {node, ms: ms(), answered: true, value}
    } catch (thrown) {
      signal.throwIfAborted()
      return {node, ms: ms(), answered: false, error: toCodedError(thrown)}
    }
  }

  /** For what makes no sense without its answer. Errors: why there is none. */
  async demand<M extends PsMethod>(address: NodeAddress, method: M, request: PsRequest<M>): Promise<PsResponse<M>> {
    const answer = await this.ask(address, method, request)
    if (answer.answered) return answer.value
    const {errorName, detail} = answer.error
    if (errorName !== 'METHOD_NOT_IMPLEMENT' || detail !== method) throw answer.error
    throw new CodedError('METHOD_NOT_IMPLEMENT', `node ${address.id} cannot do that (${method})`, {
      cause: answer.error,
      hint: 'it may be of an older version: vearchctl node list -o wide',
    })
  }

  /** In the order of `nodes`. */
  async askAll<M extends PsMethod>(
    nodes: readonly NodeAddress[],
    method: M,
    request: (node: NodeId) => PsRequest<M>,
  ): Promise<NodeAnswer<PsResponse<M>>[]> {
    const answers = new Array<NodeAnswer<PsResponse<M>>>(nodes.length)
    const waiting = nodes.entries()
    const askNext = async () => {
      for (const [at, node] of waiting) answers[at] = await this.ask(node, method, request(node.id))
    }
    await Promise.all(Array.from({length: concurrentMax}, askNext))
    return answers
  }
}
