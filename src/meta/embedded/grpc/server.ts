/**
 * The gRPC face: etcd's KV, Watch, Lease, and of Cluster and Maintenance what clients ask first.
 *
 * Users, members and snapshots belong to an etcd and are refused with words that say so.
 */
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type {Clock} from '../../../env/clock.js'
import {CodedError} from '../../../errors/coded-error.js'
import {EtcdFault} from '../faults.js'
import {etcdVersion, type MvccStore} from '../mvcc-store.js'
import {serviceDefinition, unservedMethods} from './messages.js'
import {WatchStream} from './watch-stream.js'
import {
  deleteRequestOf,
  headerOf,
  putRequestOf,
  rangeRequestOf,
  replyMessage,
  txnRequestOf,
  type WireHeader,
} from './wire.js'

export interface Listen {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** TLS; plain text if absent. */
  readonly credentials?: ServerCredentials
}

/** A request may be this much longer than what it carries. */
const messageOverheadBytes = 512 * 1_024
const stopGraceMs = 1_000

type Stream = ServerDuplexStream<object, object>

export class GrpcServer {
  readonly #server: Server
  readonly #streams = new Set<Stream>()
  #port: number | null = null

  constructor(
    readonly mvcc: MvccStore,
    readonly listen: Listen,
    readonly clock: Clock,
  ) {
    this.#server = new Server({
      'grpc.max_receive_message_length': mvcc.options.requestBytesMax + messageOverheadBytes,
      'grpc.max_send_message_length': -1,
    })
    this.#server.addService(serviceDefinition('KV'), this.#kv())
    this.#server.addService(serviceDefinition('Watch'), this.#watch())
    this.#server.addService(serviceDefinition('Lease'), this.#lease())
    this.#server.addService(serviceDefinition('Cluster'), this.#cluster())
    this.#server.addService(serviceDefinition('Maintenance'), this.#maintenance())
    this.#server.addService(serviceDefinition('Auth'), this.#auth())
  }

  /** Throws PORT_TAKEN, or CONFIG_ERROR for an address that is not ours. */
  async start(): Promise<void> {
    const {host, port, credentials = ServerCredentials.createInsecure()} = this.listen
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, credentials, (failure, bound) => {
        if (failure === null) resolve(bound)
        else reject(cannotListen(`${host}:${port}`, failure))
      })
    })
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.emit('error', new EtcdFault('stopped'))
    await new Promise<void>((resolve) => {
      const grace = this.clock.after(stopGraceMs, resolve)
      this.#server.tryShutdown(() => {
        grace.cancel()
        resolve()
      })
    })
    this.#server.forceShutdown()
  }

  get port(): number | null {
    return this.#port
  }

  get address(): string {
    return `${this.listen.host}:${this.#port ?? this.listen.port}`
  }

  #header(revision: number = this.mvcc.revision): WireHeader {
    return headerOf(this.mvcc.identity, revision)
  }

  #kv(): UntypedServiceImplementation {
    const {mvcc} = this
    return {
      Range: unary((message) => {
        const reply = mvcc.range(rangeRequestOf(message))
        return replyMessage(reply, this.#header(reply.revision))
      }),
      Put: unary(async (message) => {
        const reply = await mvcc.put(putRequestOf(message))
        return replyMessage(reply, this.#header(reply.revision))
      }),
      DeleteRange: unary(async (message) => {
        const reply = await mvcc.delete(deleteRequestOf(message))
        return replyMessage(reply, this.#header(reply.revision))
      }),
      Txn: unary(async (message) => {
        const reply = await mvcc.txn(txnRequestOf(message))
        return replyMessage(reply, this.#header(reply.revision))
      }),
      Compact: unary<{revision: string; physical: boolean}>(async ({revision, physical}) => {
        const reply = await mvcc.compact(Number(revision), {physical})
        return {header: this.#header(reply.revision)}
      }),
    }
  }

  #watch(): UntypedServiceImplementation {
    return {
      Watch: (call: Stream) => {
        this.#follow(call)
        new WatchStream(this.mvcc, call, this.clock).start()
      },
    }
  }

  #lease(): UntypedServiceImplementation {
    const {mvcc} = this
    return {
      LeaseGrant: unary<{id: string; ttl: string}>(async ({id, ttl}) => {
        const lease = await mvcc.grantLease(BigInt(id), Number(ttl))
        return {header: this.#header(), id: String(lease.id), ttl: lease.ttlSeconds}
      }),
      LeaseRevoke: unary<{id: string}>(async ({id}) => {
        await mvcc.revokeLease(BigInt(id))
        return {header: this.#header()}
      }),
      LeaseKeepAlive: (call: Stream) => {
        this.#follow(call)
        call.on('data', ({id}: {id: string}) => {
          call.write({header: this.#header(), id, ttl: mvcc.renewLease(BigInt(id))})
        })
        call.on('end', () => call.end())
      },
      LeaseTimeToLive: unary<{id: string; keys: boolean}>(({id, keys}) => {
        const time = mvcc.leaseTimeToLive(BigInt(id))
        const header = this.#header()
        if (time === null) return {header, id, ttl: -1}
        const attached = keys ? mvcc.keysOfLease(BigInt(id)) : []
        return {header, id, ttl: time.left, grantedTtl: time.granted, keys: attached}
      }),
      LeaseLeases: unary(() => ({header: this.#header(), leases: mvcc.leaseIds().map((id) => ({id: String(id)}))})),
    }
  }

  #cluster(): UntypedServiceImplementation {
    const member = () => ({
      id: String(this.mvcc.identity.memberId),
      name: 'embedded',
      clientUrls: [`${this.listen.credentials === undefined ? 'http' : 'https'}://${this.address}`],
    })
    return {
      ...refused('Cluster', 'needsEtcd'),
      MemberList: unary(() => ({header: this.#header(), members: [member()]})),
    }
  }

  #maintenance(): UntypedServiceImplementation {
    const status = () => {
      const {identity, revision, bytesOnDisk} = this.mvcc
      return {
        header: this.#header(),
        version: etcdVersion,
        dbSize: bytesOnDisk,
        dbSizeInUse: bytesOnDisk,
        leader: String(identity.memberId),
        raftIndex: revision,
        raftAppliedIndex: revision,
        raftTerm: identity.term,
      }
    }
    return {
      ...refused('Maintenance', 'needsEtcd'),
      Status: unary(status),
      Alarm: unary(() => ({header: this.#header()})),
    }
  }

  #auth(): UntypedServiceImplementation {
    // A client with a password takes this answer, and goes on without.
    const authenticate = unary(() => {
      throw new EtcdFault('authNotEnabled')
    })
    return {...refused('Auth', 'needsEtcd'), Authenticate: authenticate}
  }

  /** Keeps the stream in mind until it ends, to end it when the server stops. */
  #follow(call: Stream): void {
    this.#streams.add(call)
    call.on('close', () => this.#streams.delete(call))
    call.on('error', () => this.#streams.delete(call))
  }
}

function cannotListen(address: string, failure: Error): CodedError {
  const isTaken = failure.message.includes('EADDRINUSE')
  return new CodedError(isTaken ? 'PORT_TAKEN' : 'CONFIG_ERROR', `etcd_client_port ${address}: ${failure.message}`, {
    cause: failure,
  })
}

function unary<Request extends object>(handle: (request: Request) => object | Promise<object>) {
  return async (call: ServerUnaryCall<Request, object>, callback: sendUnaryData<object>) => {
    try {
      callback(null, await handle(call.request))
    } catch (thrown) {
      callback(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }
}

function refused(service: string, fault: 'needsEtcd'): UntypedServiceImplementation {
  const refuse = unary(() => {
    throw new EtcdFault(fault)
  })
  return Object.fromEntries((unservedMethods[service] ?? []).map((method) => [method, refuse]))
}
