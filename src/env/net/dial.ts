/**
 * The calling end of a connection, up to the moment when both ends have proved the cluster's key.
 */
import {CodedError} from '../../errors/coded-error.js'
import type {Clock} from '../clock.js'
import type {Random} from '../random.js'
import {Connection, type ConnectionEvents} from './connection.js'
import {type Frame, FrameKind} from './frame.js'
import {decodeGreeting, decodeRefusal, encodeAnswer, type Nonces, newNonce, verifyConclusion} from './handshake.js'
import type {Address, Network, TlsDialOptions} from './network.js'

export interface DialOptions {
  readonly authKey: string
  /** For the connection and the handshake together. */
  readonly connectTimeoutMs: number
  readonly tls?: TlsDialOptions | undefined
}

export interface DialEnv {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
}

/**
 * Resolves with a trusted connection; `events` hears of nothing before that. Errors are `rejected`, nothing was sent yet:
 * CALL_RPCCLIENT_FAILED, AUTHENTICATION_FAILED.
 */
export function dial(
  env: DialEnv,
  address: Address,
  options: DialOptions,
  events: ConnectionEvents,
): Promise<Connection> {
  const {authKey, connectTimeoutMs, tls} = options
  return new Promise((resolve, reject) => {
    let trusted = false
    let nonces: Nonces | null = null
    const fail = (error: unknown): void => {
      timer.cancel()
      connection.destroy()
      reject(error)
    }
    const shakeHands = ({kind, payload}: Frame): void => {
      if (kind === FrameKind.error) throw decodeRefusal(payload)
      if (kind !== FrameKind.hello) throw new CodedError('AUTHENTICATION_FAILED', 'the peer skips the handshake')
      if (nonces === null) {
        nonces = {server: decodeGreeting(payload), client: newNonce(env.random)}
        connection.send(0, FrameKind.hello, encodeAnswer(authKey, nonces))
        return
      }
      verifyConclusion(authKey, nonces, payload)
      trusted = true
      timer.cancel()
      connection.trust()
      resolve(connection)
    }
    const connection = new Connection(env.network.dial(address, tls), env.clock, {
      frame(frame) {
        if (trusted) return events.frame(frame)
        try {
          shakeHands(frame)
        } catch (thrown) {
          fail(thrown)
        }
      },
      closed(cause) {
        if (trusted) return events.closed(cause)
        fail(notSent(address, cause?.message ?? 'closed during the handshake', cause))
      },
    })
    const timer = env.clock.after(connectTimeoutMs, () =>
      fail(notSent(address, `no connection within ${connectTimeoutMs} ms`)),
    )
  })
}

export function notSent({host, port}: Address, why: string, cause?: unknown): CodedError {
  return new CodedError('CALL_RPCCLIENT_FAILED', `${host}:${port}: ${why}`, {retryable: true, cause})
}
