/** What the two ends of an encrypted connection are given. */
import {createSecureContext} from 'node:tls'
import type {TlsDialOptions, TlsListenOptions} from './network.js'

export interface Tls {
  readonly dial: TlsDialOptions
  readonly listen: TlsListenOptions
}

/** PEM. */
export interface Certificates {
  readonly cert: Uint8Array
  readonly key: Uint8Array
  /** Of whoever signed the others' certificates. */
  readonly ca: Uint8Array
}

export interface TlsPolicy {
  /** Who dials shows a certificate, too. */
  readonly mutual: boolean
  /** A listener's certificate must name the address that was dialled. */
  readonly verifyHost: boolean
}

/** Of a stranger, before it has said anything that we could check. */
const handshakeTimeoutMs = 5_000

/** Throws for what is no certificate or key, and for a key that is another certificate's. */
export function tlsOf({cert, key, ca}: Certificates, {mutual, verifyHost}: TlsPolicy): Tls {
  const own = {cert: Buffer.from(cert), key: Buffer.from(key)}
  const others = {ca: Buffer.from(ca), minVersion: 'TLSv1.3'} as const
  createSecureContext({...own, ...others})
  return {
    dial: {...others, ...(mutual ? own : {}), ...(verifyHost ? {} : {checkServerIdentity: () => undefined})},
    listen: {
      ...others,
      ...own,
      requestCert: mutual,
      rejectUnauthorized: mutual,
      handshakeTimeout: handshakeTimeoutMs,
    },
  }
}
