/**
 * What keeps an etcd in shape: its members, its alarms, the space that it takes. Also of the one that a master runs, ours or
 * Vearch's; the embedded store answers what it can and refuses the rest.
 *
 * Nothing here is part of `MetaStore`: no role may depend on it.
 */
import {EtcdCalls, type EtcdEnv, type EtcdStoreOptions} from './etcd-store-calls.js'
import type {CallOptions} from './store.js'

export interface EtcdMember {
  /** 64 bits, in decimal, as in the key of a master's record. */
  readonly id: string
  /** Empty until it has started. */
  readonly name: string
  readonly peerUrls: readonly string[]
  readonly clientUrls: readonly string[]
  readonly isLearner: boolean
}

export interface EtcdEndpointStatus {
  readonly member: string
  /** `0` where it knows none. */
  readonly leader: string
  readonly version: string
  readonly dbBytes: number
  /** What of it is in use; the rest is given back by a defragmentation. */
  readonly usedBytes: number
  readonly revision: number
  readonly term: number
  readonly appliedIndex: number
  readonly isLearner: boolean
  readonly errors: readonly string[]
}

export interface EtcdAlarm {
  readonly member: string
  readonly alarm: 'NOSPACE' | 'CORRUPT'
}

export class EtcdUpkeep {
  readonly #all: EtcdCalls
  readonly #each = new Map<string, EtcdCalls>()

  constructor(
    private readonly options: EtcdStoreOptions,
    private readonly env: EtcdEnv,
  ) {
    this.#all = new EtcdCalls(options, env)
  }

  get endpoints(): readonly string[] {
    return this.options.endpoints
  }

  async members(options?: CallOptions): Promise<readonly EtcdMember[]> {
    const {members} = await this.#all.repeatable((etcd, limits) => etcd.cluster.memberList({}, limits), options)
    return members.map(memberOf)
  }

  /** Errors: META_REFUSED where etcd finds that its members could not agree any more. */
  async addMember(peerUrl: string, options?: CallOptions): Promise<EtcdMember> {
    const {member} = await this.#all.once(
      (etcd, limits) => etcd.cluster.memberAdd({peerURLs: [peerUrl]}, limits),
      options,
    )
    return memberOf(member)
  }

  async removeMember(id: string, options?: CallOptions): Promise<void> {
    await this.#all.once((etcd, limits) => etcd.cluster.memberRemove({ID: id}, limits), options)
  }

  /** Of the endpoint itself, and not of whoever answers. */
  async statusOf(endpoint: string, options?: CallOptions): Promise<EtcdEndpointStatus> {
    const status = await this.#of(endpoint).repeatable((etcd, limits) => etcd.maintenance.status(limits), options)
    const {header, leader, version, dbSize, dbSizeInUse, raftTerm, raftAppliedIndex, isLearner, errors} = status
    return {
      member: String(header.member_id),
      leader: String(leader),
      version,
      dbBytes: Number(dbSize),
      usedBytes: Number(dbSizeInUse),
      revision: Number(header.revision),
      term: Number(raftTerm),
      appliedIndex: Number(raftAppliedIndex),
      isLearner,
      errors,
    }
  }

  /** The member answers nothing meanwhile. */
  async defragment(endpoint: string, options?: CallOptions): Promise<void> {
    await this.#of(endpoint).once((etcd, limits) => etcd.maintenance.defragment(limits), options)
  }

  /** Forgets what was before `revision`, and waits until its space is free. */
  async compact(revision: number, options?: CallOptions): Promise<void> {
    await this.#all.once((etcd, limits) => etcd.kv.compact({revision, physical: true}, limits), options)
  }

  async alarms(options?: CallOptions): Promise<readonly EtcdAlarm[]> {
    const {alarms} = await this.#all.repeatable(
      (etcd, limits) => etcd.maintenance.alarm({action: 'Get'}, limits),
      options,
    )
    return alarms.map(({memberID, alarm}) => ({
      member: String(memberID),
      alarm: alarm === 'Nospace' ? 'NOSPACE' : 'CORRUPT',
    }))
  }

  async disarm({member, alarm}: EtcdAlarm, options?: CallOptions): Promise<void> {
    const request = {
      action: 'Deactivate',
      memberID: member,
      alarm: alarm === 'NOSPACE' ? 'Nospace' : 'Corrupt',
    } as const
    await this.#all.repeatable((etcd, limits) => etcd.maintenance.alarm(request, limits), options)
  }

  close(): void {
    this.#all.close()
    for (const calls of this.#each.values()) calls.close()
  }

  #of(endpoint: string): EtcdCalls {
    const known = this.#each.get(endpoint)
    if (known !== undefined) return known
    const calls = new EtcdCalls({...this.options, endpoints: [endpoint]}, this.env)
    this.#each.set(endpoint, calls)
    return calls
  }
}

interface WireMember {
  readonly ID: string
  readonly name: string
  readonly peerURLs: string[]
  readonly clientURLs: string[]
  readonly isLearner: boolean
}

function memberOf({ID, name, peerURLs, clientURLs, isLearner}: WireMember): EtcdMember {
  return {id: String(ID), name, peerUrls: peerURLs, clientUrls: clientURLs, isLearner}
}
