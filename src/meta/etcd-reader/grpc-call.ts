/**
 * One gRPC call over HTTP/2: a message there, one or many back, and how it ended in the trailers.
 */
import {Buffer} from 'node:buffer'
import type {ClientHttp2Session, IncomingHttpHeaders} from 'node:http2'

/** The server answered, and not with a message. */
export class GrpcFault extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export interface GrpcCall {
  /** `/etcdserverpb.KV/Range` */
  readonly path: string
  readonly message: Buffer
  readonly metadata: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const prefixBytes = 5
/** A page of a thousand keys of etcd's largest size is below it. */
const replyBytesMax = 2_000_000_000

/** Errors: GrpcFault; those of the connection; the signal's reason. */
export function grpcCall(session: ClientHttp2Session, {path, message, metadata, signal}: GrpcCall): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = {':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...metadata}
    const stream = session.request(headers, {signal})
    const pieces: Buffer[] = []
    let bytes = 0
    let end: IncomingHttpHeaders = {}
    const note = (received: IncomingHttpHeaders) => {
      end = {...end, ...received}
    }
    stream.on('response', note)
    stream.on('trailers', note)
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > replyBytesMax) stream.destroy(new Error(`the reply is larger than ${replyBytesMax} bytes`))
    })
    stream.on('end', () => {
      const fault = faultIn(end)
      const reply = Buffer.concat(pieces)
      if (fault !== null) reject(fault)
      else if (reply.length < prefixBytes) reject(new Error('the reply has no message'))
      else resolve(reply.subarray(prefixBytes, prefixBytes + reply.readUInt32BE(1)))
    })
    // why the connection failed says more than that the call was cancelled
    stream.on('error', (error: Error) => reject(signal.aborted ? signal.reason : (error.cause ?? error)))
    // a stream that is reset without an error ends like this alone
    stream.on('close', () => reject(new Error('the connection was closed')))
    stream.end(framed(message))
  })
}

/** The messages of a call that answers with many, as they come. Errors: as `grpcCall`. */
export async function* grpcMessages(
  session: ClientHttp2Session,
  {path, message, metadata, signal}: GrpcCall,
): AsyncGenerator<Buffer> {
  const headers = {':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...metadata}
  const stream = session.request(headers, {signal})
  let end: IncomingHttpHeaders = {}
  const note = (received: IncomingHttpHeaders) => {
    end = {...end, ...received}
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.end(framed(message))
  let waiting = Buffer.alloc(0)
  for await (const piece of stream as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, piece])
    for (let message = firstIn(waiting); message !== null; message = firstIn(waiting)) {
      waiting = waiting.subarray(prefixBytes + message.length)
      yield message
    }
  }
  const fault = faultIn(end)
  if (fault !== null) throw fault
}

function firstIn(bytes: Buffer): Buffer | null {
  if (bytes.length < prefixBytes) return null
  const end = prefixBytes + bytes.readUInt32BE(1)
  return bytes.length < end ? null : bytes.subarray(prefixBytes, end)
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

function faultIn(headers: IncomingHttpHeaders): Error | null {
  const status = headers['grpc-status']
  if (status === '0') return null
  if (status === undefined) return new Error(`not an answer of gRPC (HTTP status ${headers[':status']})`)
  return new GrpcFault(Number(status), decodeURIComponent(String(headers['grpc-message'] ?? '')))
}
