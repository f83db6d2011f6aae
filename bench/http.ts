/**
 * A load generator that costs little: HTTP/1.1 by hand over sockets that stay open, because what it costs is taken from the
 * servers on the same machine (undici's pool took 130 µs a request, this takes 60).
 */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'

const headEnd = Buffer.from('\r\n\r\n')

/** A client with so many connections, each with one request at a time. */
export class Client {
  readonly #url: URL
  readonly #idle: Connection[] = []
  readonly #waiting: ((connection: Connection) => void)[] = []
  readonly #all: Connection[]

  constructor(url: string, connections: number) {
    this.#url = new URL(url)
    this.#all = Array.from({length: connections}, () => new Connection(this.#url))
    this.#idle.push(...this.#all)
  }

  /** The parsed body's data. Throws unless the code is 0. */
  async post<T>(path: string, body: string | Buffer): Promise<T> {
    const connection = this.#idle.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)))
    try {
      const answer = await connection.post(path, typeof body === 'string' ? Buffer.from(body) : body)
      const envelope = JSON.parse(answer) as {code: number; msg?: string; data: T}
      if (envelope.code !== 0) throw new Error(`${path}: ${envelope.code} ${envelope.msg}`)
      return envelope.data
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(connection)
      else next(connection)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.close()))
  }
}

class Connection {
  #socket: Socket | null = null
  #received: Buffer = Buffer.alloc(0)
  #answer: {resolve(body: string): void; reject(error: Error): void} | null = null

  constructor(private readonly url: URL) {}

  post(path: string, body: Buffer): Promise<string> {
    const socket = this.#open()
    return new Promise((resolve, reject) => {
      this.#answer = {resolve, reject}
      socket.cork()
      socket.write(`POST ${path} HTTP/1.1\r\nHost: ${this.url.host}\r\nContent-Length: ${body.length}\r\n\r\n`)
      socket.write(body)
      socket.uncork()
    })
  }

  async close(): Promise<void> {
    if (this.#socket === null || this.#socket.destroyed) return
    const closed = once(this.#socket, 'close')
    this.#socket.destroy()
    await closed
  }

  #open(): Socket {
    if (this.#socket !== null && !this.#socket.destroyed) return this.#socket
    const socket = connect(Number(this.url.port), this.url.hostname).setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#answer?.reject(error))
    socket.on('close', () => this.#answer?.reject(new Error('the server closed the connection')))
    this.#socket = socket
    this.#received = Buffer.alloc(0)
    return socket
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf(headEnd)
    if (end < 0) return
    const length = /^content-length: *(\d+)/im.exec(this.#received.toString('latin1', 0, end))?.[1]
    if (length === undefined) {
      this.#answer?.reject(new Error('an answer without a length'))
      return
    }
    const bodyStart = end + headEnd.length
    const bodyEnd = bodyStart + Number(length)
    if (this.#received.length < bodyEnd) return
    const body = this.#received.toString('utf8', bodyStart, bodyEnd)
    this.#received = this.#received.subarray(bodyEnd)
    const answer = this.#answer
    this.#answer = null
    answer?.resolve(body)
  }
}

/** Runs `work` for every item, `lanes` at a time; returns items per second. */
export async function throughput<T>(lanes: number, items: readonly T[], work: (item: T) => Promise<unknown>) {
  const queue = items.values()
  const startedAt = performance.now()
  await Promise.all(
    Array.from({length: lanes}, async () => {
      for (const item of queue) await work(item)
    }),
  )
  return items.length / ((performance.now() - startedAt) / 1000)
}
