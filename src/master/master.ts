/**
 * The role that keeps the cluster's metadata: which dbs and spaces there are, where their partitions live, who may do what.
 *
 * Invariants
 * - A master holds no state of its own. Everything is in the metadata store; any number of masters may work at once.
 * - Every write is a transaction that compares what it was decided on (`amend.ts`). No lock guards a write.
 * - A space either exists completely or not at all, and what it leaves behind is deleted, whoever dies when
 *   (`space-creation.ts`, `space-removal.ts`, `reconcile.ts`).
 * - Data is deleted only because a space was removed, never because metadata does not know it.
 * - Who belongs to a partition is for its raft group to say; the metadata follows (`replica-change-plan.ts`).
 * - Whatever is asked of partition servers is asked in parallel, with a time limit; what could not be asked is reported
 *   as such.
 *
 * Reading order: `cluster.ts` and `amend.ts` (what everything here uses), `placement.ts`, `space-creation.ts`,
 * `space-removal.ts`, `reconcile.ts`, `registration.ts`, `replica-change-plan.ts` and what carries it out, then one file per noun. REST is in `http/routes/master.ts`.
 */
import type {GlobalConfig, MasterConfig, PsConfig} from '../config/config.js'
import type {BuildVersion} from '../entity/server.js'
import type {Clock} from '../env/clock.js'
import type {Log} from '../env/log.js'
import type {Random} from '../env/random.js'
import type {Keys} from '../meta/keys.js'
import {LiveView} from '../meta/live-view.js'
import {MetaRepository} from '../meta/repository.js'
import type {MetaStore} from '../meta/store.js'
import type {PsCaller} from '../rpc/ps-api.js'
import {Aliases} from './aliases.js'
import {Background} from './background.js'
import type {Cluster} from './cluster.js'
import {Databases} from './databases.js'
import {Duty} from './duty.js'
import {FailServers} from './fail-servers.js'
import {Indexes} from './indexes.js'
import {Members} from './members.js'
import {PasswordHasher} from './password.js'
import {Reconciler} from './reconciler.js'
import {RegistrationService} from './registration.js'
import {ReplicaChangeRunner} from './replica-change-runner.js'
import {changesDuty, ReplicaChanges} from './replica-changes.js'
import {ReplicaNumbers} from './replica-numbers.js'
import {Roles} from './roles.js'
import {ServerRecovery} from './server-recovery.js'
import {Servers} from './servers.js'
import {Session} from './session.js'
import {Settings} from './settings.js'
import {SpaceCreation} from './space-creation.js'
import {SpaceRemoval} from './space-removal.js'
import {Spaces} from './spaces.js'
import {StoreAccounts} from './store-accounts.js'
import {StrayReplicas} from './stray-replicas.js'
import {Users} from './users.js'

/** The part of the configuration that a master looks at. */
export interface MasterSettings {
  readonly global: Pick<
    GlobalConfig,
    'name' | 'signkey' | 'skip_auth' | 'limited_db_num' | 'limited_replica_num' | 'auto_recover_ps'
  >
  readonly ps: Pick<PsConfig, 'replica_anti_affinity_strategy' | 'replica_auto_recover_time'>
}

export interface MasterDeps {
  readonly store: MetaStore
  readonly keys: Keys
  readonly ps: PsCaller
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly config: MasterSettings
  /** This master's own row of `[[masters]]`. */
  readonly self: MasterConfig
  readonly version: BuildVersion
}

/** How long `stop` waits for the undoing of what failed; another master goes on with the rest. */
const stopGraceMs = 5_000

export class Master {
  readonly cluster: Cluster
  readonly hasher: PasswordHasher
  readonly accounts: StoreAccounts
  readonly databases: Databases
  readonly creation: SpaceCreation
  readonly spaces: Spaces
  readonly indexes: Indexes
  readonly servers: Servers
  readonly registration: RegistrationService
  readonly failServers: FailServers
  readonly aliases: Aliases
  readonly users: Users
  readonly roles: Roles
  readonly settings: Settings
  readonly members: Members
  readonly reconciler: Reconciler
  readonly background: Background
  readonly replicaChanges: ReplicaChanges
  readonly replicaNumbers: ReplicaNumbers
  readonly recovery: ServerRecovery
  readonly #session: Session
  readonly #runner: ReplicaChangeRunner

  constructor(readonly deps: MasterDeps) {
    const {store, keys, ps, clock, random, log, config, self} = deps
    const repository = new MetaRepository(store, keys)
    const view = new LiveView(store, keys, log)
    const cluster: Cluster = {repository, view, ps, clock, random, log}
    const {limited_db_num: limitedDbNum, limited_replica_num: limitedReplicaNum} = config.global
    this.cluster = cluster
    this.hasher = new PasswordHasher(random)
    this.accounts = new StoreAccounts(repository)
    this.background = new Background(clock, log)
    this.#session = new Session(repository, clock, log)
    const removal = new SpaceRemoval(cluster, this.background)
    this.databases = new Databases(cluster, {limitedDbNum})
    const {replica_anti_affinity_strategy: antiAffinity, replica_auto_recover_time: afterSeconds} = config.ps
    this.creation = new SpaceCreation(cluster, this.#session, removal, {limitedReplicaNum, antiAffinity})
    this.spaces = new Spaces(cluster, removal)
    this.indexes = new Indexes(cluster)
    this.servers = new Servers(cluster)
    this.registration = new RegistrationService(cluster, config.global.name)
    this.failServers = new FailServers(cluster, removal)
    this.aliases = new Aliases(cluster)
    this.users = new Users(cluster, this.hasher)
    this.roles = new Roles(cluster)
    this.settings = new Settings(cluster)
    this.members = new Members(cluster, self)
    this.reconciler = new Reconciler(cluster, this.#session, removal)
    this.replicaChanges = new ReplicaChanges(cluster, antiAffinity)
    this.replicaNumbers = new ReplicaNumbers(cluster, this.replicaChanges, antiAffinity)
    this.recovery = new ServerRecovery(cluster, this.replicaChanges, this.failServers, {
      antiAffinity,
      isAutomatic: config.global.auto_recover_ps,
      afterSeconds,
    })
    const strays = new StrayReplicas(cluster)
    this.#runner = new ReplicaChangeRunner({
      cluster,
      duty: new Duty(cluster, this.#session, changesDuty, self.name),
      plan: async (call) => {
        await this.recovery.plan(call)
        await strays.settle(call)
      },
      isLost: this.recovery.isLost,
    })
  }

  /** Resolves when requests may come: the view is there, root exists, this master is listed. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.cluster.view.start(signal)
    await this.#session.start()
    await this.users.bootstrap(this.deps.config.global.signkey)
    await this.members.announce()
    this.reconciler.start()
    this.#runner.start()
    this.deps.log.info('master.started', {name: this.deps.self.name})
  }

  /** Idempotent. The store is closed by whoever opened it. */
  async stop(): Promise<void> {
    await this.#runner.stop()
    await this.reconciler.stop()
    await this.background.stop(stopGraceMs)
    await this.#session.stop()
    await this.cluster.view.stop()
  }
}
