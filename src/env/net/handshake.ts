/**
 * How two nodes show each other that they know the cluster's key, without sending it.
 *
 * The server greets with a nonce; the client answers with its own and a proof over both; the server closes with its
 * proof. A stranger who connects therefore learns nothing that it could test guesses of the key against. The roles
 * differ in what is signed, so no proof can be reflected. This authenticates the peer, not the bytes that follow: on a
 * network where those may be tampered with, use TLS.
 */
import {createHmac, timingSafeEqual} from 'node:crypto'
import {CodedError} from '../../errors/coded-error.js'
import {type ErrorName, errorCodes} from '../../errors/codes.js'

const magic = Buffer.from('VRPC')
const version = 1
const nonceBytes = 16
const proofBytes = 32
const greetingBytes = magic.length + 1 + nonceBytes

/** Bytes of the longest frame before a peer is trusted, with room to spare for a refusal's text. */
export const helloBytesMax = 1024

export interface Nonces {
  readonly server: Uint8Array
  readonly client: Uint8Array
}

export function newNonce(random: {bytes(count: number): Uint8Array}): Uint8Array {
  return random.bytes(nonceBytes)
}

export function encodeGreeting(serverNonce: Uint8Array): Buffer {
  return Buffer.concat([magic, [version], serverNonce].map((part) => Buffer.from(part)))
}

/** The server's nonce. */
export function decodeGreeting(payload: Buffer): Uint8Array {
  if (payload.length !== greetingBytes || !payload.subarray(0, magic.length).equals(magic)) {
    throw new CodedError('AUTHENTICATION_FAILED', 'the peer does not speak this protocol')
  }
  const theirs = payload[magic.length]
  if (theirs !== version) {
    throw new CodedError('AUTHENTICATION_FAILED', `the peer speaks version ${theirs} of the protocol, we ${version}`)
  }
  return Buffer.from(payload.subarray(magic.length + 1))
}

export function encodeAnswer(key: string, nonces: Nonces): Buffer {
  return Buffer.concat([nonces.client, proof(key, 'client', nonces)])
}

/** The client's nonce, from an answer that proves the key. */
export function verifyAnswer(key: string, serverNonce: Uint8Array, payload: Buffer): Uint8Array {
  const client = Buffer.from(payload.subarray(0, nonceBytes))
  verifyProof(key, 'client', {server: serverNonce, client}, payload.subarray(nonceBytes))
  return client
}

export function encodeConclusion(key: string, nonces: Nonces): Buffer {
  return proof(key, 'server', nonces)
}

export function verifyConclusion(key: string, nonces: Nonces, payload: Buffer): void {
  verifyProof(key, 'server', nonces, payload)
}

/** Why a peer is not let in: JSON, so that it can be read whatever else the two do not agree on. */
export function encodeRefusal({errorName, detail, hint}: CodedError): Buffer {
  return Buffer.from(JSON.stringify({error: errorName, detail, hint}))
}

export function decodeRefusal(payload: Buffer): CodedError {
  const {error, detail, hint} = parsed(payload)
  const errorName = typeof error === 'string' && Object.hasOwn(errorCodes, error) ? error : 'AUTHENTICATION_FAILED'
  const options = typeof hint === 'string' ? {hint} : {}
  return new CodedError(
    errorName as ErrorName,
    typeof detail === 'string' ? detail : 'refused without a reason',
    options,
  )
}

function parsed(payload: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(payload.toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}

function verifyProof(key: string, role: 'client' | 'server', nonces: Nonces, claimed: Buffer): void {
  if (claimed.length === proofBytes && timingSafeEqual(claimed, proof(key, role, nonces))) return
  throw new CodedError('AUTHENTICATION_FAILED', `the ${role} does not know this cluster's key`, {
    hint: 'Give every node of the cluster the same signkey in [global].',
  })
}

function proof(key: string, role: 'client' | 'server', {server, client}: Nonces): Buffer {
  return createHmac('sha256', key).update(`vearchctl rpc ${role}`).update(server).update(client).digest()
}
