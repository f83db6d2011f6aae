/** The masters of the cluster, as each of them says of itself under `P/member/`. */
import {createHash} from 'node:crypto'
import type {MasterConfig} from '../config/config.js'
import {decodeRecord, putRecord} from '../meta/repository.js'
import type {Call, Cluster} from './cluster.js'

interface Member {
  readonly ID: bigint
  readonly name: string
  readonly peerURLs: readonly string[]
  readonly clientURLs: readonly string[]
}

export class Members {
  constructor(
    private readonly cluster: Cluster,
    private readonly self: MasterConfig,
  ) {}

  /** Says where this master is. */
  async announce(): Promise<void> {
    const {store, keys} = this.cluster.repository
    await store.transact({then: [putRecord(keys.member(String(memberId(this.self.name))), this.self)]})
  }

  /** The shape of etcd's member list. */
  async list(call: Call): Promise<{header: unknown; members: Member[]}> {
    const {store, keys} = this.cluster.repository
    const {kvs} = await store.range(keys.memberPrefix, {signal: call.signal})
    const members = kvs.map(({key, value}): Member => {
      const {name, address, etcd_peer_port: peer, etcd_client_port: client} = decodeRecord<MasterConfig>(value)
      return {
        ID: BigInt(key.slice(keys.memberPrefix.length)),
        name,
        peerURLs: [`http://${address}:${peer}`],
        clientURLs: [`http://${address}:${client}`],
      }
    })
    return {header: this.#header(), members}
  }

  /** The shape of etcd's status, of the metadata store that this master uses. */
  async stats(call: Call): Promise<readonly unknown[]> {
    const {version, dbBytes, revision, endpoint} = await this.cluster.repository.store.status({signal: call.signal})
    return [{header: {...this.#header(), revision}, version, dbSize: dbBytes, endpoint}]
  }

  #header() {
    return {
      cluster_id: memberId(this.cluster.repository.keys.cluster),
      member_id: memberId(this.self.name),
      raft_term: 0,
    }
  }
}

/** The same for a name at every start, and shaped like etcd's: 64 bits. */
function memberId(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigUInt64BE()
}
