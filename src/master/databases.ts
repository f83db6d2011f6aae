import type {Db} from '../entity/db.js'
import {dbId} from '../entity/ids.js'
import {nameFault} from '../entity/names.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {absent, putRecord, unchanged} from '../meta/repository.js'
import {amend, asRead} from './amend.js'
import {type Call, type Cluster, findDb} from './cluster.js'
import {nextIds} from './sequences.js'

export interface DbServersChange {
  readonly db_name: string
  readonly ip_addr: string
  /** 0 adds the server, 1 removes it. */
  readonly method: number
}

export class Databases {
  constructor(
    private readonly cluster: Cluster,
    private readonly limits: {readonly limitedDbNum: boolean},
  ) {}

  /** The id and the three keys come in one transaction: two creations of one name give one db, and no id is lost. */
  async create(name: string, {signal}: Call): Promise<Db> {
    const fault = nameFault('db', name)
    if (fault !== null) throw paramError(fault)
    const {repository} = this.cluster
    const {keys, store} = repository
    return amend(
      store,
      async () => {
        const ids = await nextIds(this.cluster, 'db', 1, {signal})
        if ((await store.get(keys.dbId(name), {signal})) !== null) {
          throw new CodedError('DB_EXIST', `dbname ${name} already exists`)
        }
        if (this.limits.limitedDbNum && (await store.count(keys.dbPrefix, {signal})) > 0) {
          throw paramError('only one db is allowed in this cluster: limited_db_num is set')
        }
        const db: Db = {id: dbId(ids.first), name}
        return {
          transaction: {
            compare: [...ids.compare, absent(keys.dbId(name))],
            then: [
              ids.put,
              {type: 'put', key: keys.dbName(db.id), value: name},
              {type: 'put', key: keys.dbId(name), value: String(db.id)},
              putRecord(keys.db(db.id), db),
            ],
          },
          result: db,
        }
      },
      {signal},
    )
  }

  async get(nameOrId: string, {signal}: Call): Promise<Db> {
    return (await findDb(this.cluster, nameOrId, {signal})).value
  }

  async list({signal}: Call): Promise<Db[]> {
    const {items} = await this.cluster.repository.dbs({signal})
    return items.map(({value}) => value)
  }

  /** Refuses while there are spaces; a space that is created meanwhile touches the db's body and makes this one retry. */
  async delete(nameOrId: string, {signal}: Call): Promise<void> {
    const {repository} = this.cluster
    const {keys, store} = repository
    await amend(
      store,
      async () => {
        const db = await findDb(this.cluster, nameOrId, {signal})
        const {id, name} = db.value
        if ((await store.count(keys.spacesOf(id), {signal})) > 0) {
          throw new CodedError('DB_NOT_EMPTY', `db:[${name}] has spaces`)
        }
        return {
          transaction: {
            compare: [unchanged(db)],
            then: [keys.db(id), keys.dbId(name), keys.dbName(id)].map((key) => ({type: 'delete' as const, key})),
          },
          result: undefined,
        }
      },
      {signal},
    )
  }

  /** Adds or removes a server from those that the db is confined to. */
  async changeServers(change: DbServersChange, {signal}: Call): Promise<Db> {
    const {repository} = this.cluster
    if (change.ip_addr === '') throw paramError('ip_addr can not be empty')
    if (change.method !== 0 && change.method !== 1) throw paramError(`method:[${change.method}] should be 0 or 1`)
    return amend(
      repository.store,
      async () => {
        const stored = await findDb(this.cluster, change.db_name, {signal})
        const others = (stored.value.ps ?? []).filter((ip) => ip !== change.ip_addr)
        const ps = change.method === 0 ? [...others, change.ip_addr] : others
        const {ps: _, ...plain} = stored.value
        const db: Db = ps.length === 0 ? plain : {...plain, ps}
        return {
          transaction: {compare: asRead(stored.key, stored), then: [putRecord(stored.key, db)]},
          result: db,
        }
      },
      {signal},
    )
  }
}
