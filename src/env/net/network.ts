/**
 * The network as our own protocols see it: streams of bytes between two processes.
 *
 * Reading order of this folder: this, `frame.ts` (bytes into messages), `handshake.ts` (who the other one is),
 * `connection.ts` (a trusted stream of frames), `dial.ts` and `listener.ts` (how one comes to be, at either end), `tls.ts`.
 */
import {connect, createServer} from 'node:net'
import {type ConnectionOptions, connect as connectTls, createServer as createTlsServer, type TlsOptions} from 'node:tls'
import {CodedError} from '../../errors/coded-error.js'

export type TlsDialOptions = ConnectionOptions
export type TlsListenOptions = TlsOptions

export interface Address {
  readonly host: string
  readonly port: number
}

/** What we use of a socket; `net.Socket` is one. */
export interface Stream {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Once, after `error` if there was one. */
  on(event: 'close', listener: () => void): unknown
  write(bytes: Uint8Array): unknown
  /** Collects what is written until `uncork`. */
  cork(): void
  uncork(): void
  /** Closes after what was written has left. */
  end(): unknown
  destroy(): unknown
  readonly destroyed: boolean
  readonly writableEnded: boolean
  /** Bytes written that the network has not taken yet. */
  readonly writableLength: number
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export interface ListenOptions {
  readonly tls?: TlsListenOptions | undefined
  readonly connectionsMax: number
  /** A connection that failed before it was one, or for which the process had no room. */
  onTrouble(error: Error): void
}

export interface Listening {
  /** The one that the system chose where 0 was asked for. */
  readonly port: number
  /** Accepts nothing new from now on. Resolves when what was accepted has ended too. */
  close(): Promise<void>
}

export interface Network {
  /** At once; that there is no connection shows as an error of the stream. */
  dial(address: Address, tls?: TlsDialOptions): Stream
  /** Throws PORT_TAKEN. */
  listen(address: Address, options: ListenOptions, accept: (stream: Stream) => void): Promise<Listening>
}

export const systemNetwork: Network = {
  dial(address, tls) {
    const socket = tls === undefined ? connect(address) : connectTls({...tls, ...address})
    return socket.setNoDelay(true)
  },
  listen({host, port}, {tls, connectionsMax, onTrouble}, accept) {
    const server =
      tls === undefined ? createServer({noDelay: true}, accept) : createTlsServer({...tls, noDelay: true}, accept)
    server.maxConnections = connectionsMax
    server.on('tlsClientError', onTrouble)
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
      server.once('error', refused)
      server.listen({host, port}, () => {
        server.off('error', refused)
        // from now on an error is about a single connection: no descriptor was left for it
        server.on('error', onTrouble)
        const address = server.address()
        resolve({
          port: typeof address === 'object' && address !== null ? address.port : port,
          close: () => new Promise((closed) => server.close(() => closed())),
        })
      })
    })
  },
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new CodedError('PORT_TAKEN', `${host}:${port} is in use`, {
    hint: 'Another process listens there: stop it, or choose another port in the configuration.',
    cause: error,
  })
}
