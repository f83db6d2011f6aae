/**
 * One HTTP request, by Node's own client: a command that sends a few is done before a larger one is loaded.
 */
import {Buffer} from 'node:buffer'
import type {IncomingMessage} from 'node:http'

export interface HttpTls {
  readonly ca: Buffer | null
  readonly certificate: Buffer | null
  readonly key: Buffer | null
  readonly isInsecure: boolean
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly tls: HttpTls | null
  readonly signal: AbortSignal
}

export interface HttpReply {
  readonly status: number
  readonly body: string
}

/** A reply that is larger is no master's. */
const bodyBytesMax = 256 * 1024 * 1024

/** Rejects when there is no whole reply; the error's `code` says why. */
export async function httpCall(url: string, {method, headers, body, tls, signal}: HttpCall): Promise<HttpReply> {
  const {request} = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const secure = tls === null ? {} : tlsOptions(tls)
  return new Promise((resolve, reject) => {
    const call = request(url, {method, headers, signal, ...secure}, (reply) => {
      readAll(reply).then((text) => resolve({status: reply.statusCode ?? 0, body: text}), reject)
    })
    call.on('error', reject)
    call.end(body ?? undefined)
  })
}

async function readAll(reply: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of reply as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > bodyBytesMax) throw new Error(`the reply is larger than ${bodyBytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function tlsOptions({ca, certificate, key, isInsecure}: HttpTls) {
  return {
    ...(ca === null ? {} : {ca}),
    ...(certificate === null ? {} : {cert: certificate}),
    ...(key === null ? {} : {key}),
    rejectUnauthorized: !isInsecure,
  }
}
