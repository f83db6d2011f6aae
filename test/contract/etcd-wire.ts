/**
 * etcd's raw gRPC calls, with every reply made comparable: no ids of the cluster, and no time that passes.
 */
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {
  type ClientDuplexStream,
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'

const protoFile = join(dirname(createRequire(import.meta.url).resolve('etcd3/package.json')), 'proto', 'rpc.proto')
const definition = loadSync(protoFile, {keepCase: true, longs: String, enums: String, defaults: true, oneofs: true})
const services = loadPackageDefinition(definition).etcdserverpb as unknown as Record<string, ServiceClientConstructor>

export type Comparable = Readonly<Record<string, unknown>>

type Unary = (request: object, callback: (failure: ServiceError | null, reply: Comparable) => void) => void

const serviceOf: Readonly<Record<string, string>> = {
  Range: 'KV',
  Put: 'KV',
  DeleteRange: 'KV',
  Txn: 'KV',
  Compact: 'KV',
  LeaseGrant: 'Lease',
  LeaseRevoke: 'Lease',
  LeaseTimeToLive: 'Lease',
  LeaseLeases: 'Lease',
}

export class EtcdWire {
  readonly #clients: Readonly<Record<string, InstanceType<ServiceClientConstructor>>>

  constructor(endpoint: string) {
    const connect = (name: string) => {
      const service = services[name]
      if (service === undefined) throw new Error(`no service ${name}`)
      return new service(endpoint, credentials.createInsecure(), {'grpc.max_receive_message_length': -1})
    }
    this.#clients = {KV: connect('KV'), Lease: connect('Lease'), Watch: connect('Watch')}
  }

  call(method: string, request: object): Promise<Comparable> {
    if (method === 'LeaseKeepAlive') return this.#keepAlive(request)
    const client = this.#clients[serviceOf[method] ?? '']
    const send = client?.[method] as Unary
    return new Promise((resolve) => {
      send.call(client, request, (failure, reply) => {
        resolve(failure === null ? comparable(reply) : {failure: failure.code, details: failure.details})
      })
    })
  }

  /** Resolves when the watch is created. */
  async watch(request: object): Promise<WireWatch> {
    const watch = new WireWatch(this.#stream('Watch', 'Watch'))
    await watch.create(request)
    return watch
  }

  close(): void {
    for (const client of Object.values(this.#clients)) client.close()
  }

  #keepAlive(request: object): Promise<Comparable> {
    const stream = this.#stream('Lease', 'LeaseKeepAlive')
    return new Promise((resolve, reject) => {
      stream.on('error', reject)
      stream.on('data', (reply: Comparable) => {
        resolve(comparable(reply))
        stream.end()
      })
      stream.write(request)
    })
  }

  #stream(service: string, method: string): ClientDuplexStream<object, Comparable> {
    const client = this.#clients[service]
    const open = client?.[method] as () => ClientDuplexStream<object, Comparable>
    return open.call(client)
  }
}

interface WatchReply {
  readonly created: boolean
  readonly canceled: boolean
  readonly compact_revision: string
  readonly cancel_reason: string
  readonly watch_id: string
  readonly events: readonly object[]
}

export class WireWatch {
  /** What the client was told, in order; events are not grouped as the server grouped them. */
  readonly seen: unknown[] = []

  constructor(readonly stream: ClientDuplexStream<object, Comparable>) {
    stream.on('error', () => {})
  }

  create(request: object): Promise<void> {
    return new Promise((resolve) => {
      this.stream.on('data', (reply: WatchReply) => {
        const {created, canceled, compact_revision, cancel_reason, watch_id, events} = reply
        if (created || canceled) this.seen.push({created, canceled, compact_revision, cancel_reason, watch_id})
        for (const event of events) this.seen.push(comparable({event}))
        resolve()
      })
      this.stream.write({create_request: request})
    })
  }

  text(): string {
    return JSON.stringify(this.seen)
  }

  end(): void {
    this.stream.end()
  }
}

const incomparable = new Set(['cluster_id', 'member_id', 'raft_term'])

/** Bytes become text; the order of a lease's keys, and of leases, is etcd's whim. */
function comparable(reply: Comparable): Comparable {
  const clean = (value: unknown, name = ''): unknown => {
    if (Buffer.isBuffer(value)) return value.toString('latin1')
    if (Array.isArray(value)) {
      const items = value.map((item) => clean(item))
      return name === 'keys' || name === 'leases' ? items.map((item) => JSON.stringify(item)).sort() : items
    }
    // Seconds left, of hundreds: they pass differently for the two.
    if (name === 'TTL' && Number(value) > 50) return 'many'
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => (incomparable.has(key) ? [] : [[key, clean(inner, key)]])),
    )
  }
  return clean(reply) as Comparable
}
