/**
 * Calls to other nodes. One long-lived connection per address carries all calls to it.
 *
 * Reading order of this room: ps-api (what may be asked), message (payloads; the frames are `env/net`'s), link, peer,
 * client (the calling side), session, server (the answering side), document-codec (the bulk that the messages carry).
 *
 * Invariants: an error with outcome `rejected` means that no byte of the request can have reached the server, or that the
 * server itself said so; everything that is kept waiting has a bound and a deadline.
 */
import {type DialEnv, notSent} from '../env/net/dial.js'
import type {Address, TlsDialOptions} from '../env/net/network.js'
import {Peer} from './peer.js'
import type {CallOptions, PsCaller, PsMethod, PsRequest, PsResponse} from './ps-api.js'

export interface RpcClientOptions {
  /** The cluster's key (`signkey`): both ends prove to each other that they know it. */
  readonly authKey: string
  /** `router.concurrent_num`: calls in flight to one server. */
  readonly inFlightMax?: number
  readonly connectTimeoutMs?: number
  readonly tls?: TlsDialOptions | undefined
}

export const inFlightMaxDefault = 2_000
export const connectTimeoutMsDefault = 3_000

export class RpcClient implements PsCaller {
  readonly #env: DialEnv
  readonly #options: RpcClientOptions
  /** As many as there are servers in the cluster. */
  readonly #peers = new Map<string, Peer>()
  #stopped = false

  constructor(env: DialEnv, options: RpcClientOptions) {
    this.#env = env
    this.#options = options
  }

  async call<M extends PsMethod>(
    address: Address,
    method: M,
    request: PsRequest<M>,
    options: CallOptions,
  ): Promise<PsResponse<M>> {
    if (this.#stopped) throw notSent(address, 'this client has stopped')
    return (await this.#peer(address).call(method, request, options)) as PsResponse<M>
  }

  /** Closes every connection; calls that wait for an answer fail with outcome `unknown`. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const peer of this.#peers.values()) peer.close()
    this.#peers.clear()
  }

  #peer({host, port}: Address): Peer {
    const key = `${host}:${port}`
    const known = this.#peers.get(key)
    if (known !== undefined) return known
    const peer = new Peer(
      this.#env,
      {host, port},
      {inFlightMax: inFlightMaxDefault, connectTimeoutMs: connectTimeoutMsDefault, ...this.#options},
    )
    this.#peers.set(key, peer)
    return peer
  }
}
