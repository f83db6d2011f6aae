import type {Alias} from '../entity/alias.js'
import {nameFault} from '../entity/names.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord} from '../meta/repository.js'
import {amend, asRead} from './amend.js'
import {type Call, type Cluster, findDb, findSpace} from './cluster.js'

export class Aliases {
  constructor(private readonly cluster: Cluster) {}

  async create(alias: Alias, call: Call): Promise<Alias> {
    const fault = nameFault('alias', alias.name)
    if (fault !== null) throw paramError(fault)
    return this.#put(alias, call, (existing) => {
      if (existing) throw new CodedError('ALIAS_EXIST', `alias:[${alias.name}]`)
    })
  }

  async update(alias: Alias, call: Call): Promise<Alias> {
    return this.#put(alias, call, (existing) => {
      if (!existing) throw new CodedError('ALIAS_NOT_EXIST', `alias:[${alias.name}]`)
    })
  }

  async get(name: string, call: Call): Promise<Alias> {
    const alias = await this.cluster.repository.alias(name, call)
    if (alias === null) throw new CodedError('ALIAS_NOT_EXIST', `alias:[${name}]`)
    return alias.value
  }

  async list(call: Call): Promise<Alias[]> {
    return (await this.cluster.repository.aliases(call)).items.map(({value}) => value)
  }

  async delete(name: string, call: Call): Promise<void> {
    const {repository} = this.cluster
    await amend(
      repository.store,
      async () => {
        const stored = await repository.alias(name, call)
        if (stored === null) throw new CodedError('ALIAS_NOT_EXIST', `alias:[${name}]`)
        return {
          transaction: {compare: asRead(stored.key, stored), then: [{type: 'delete', key: stored.key}]},
          result: undefined,
        }
      },
      call,
    )
  }

  async #put(alias: Alias, call: Call, check: (existing: boolean) => void): Promise<Alias> {
    const {repository} = this.cluster
    await findSpace(this.cluster, await findDb(this.cluster, alias.db_name, call), alias.space_name, call)
    const key = repository.keys.alias(alias.name)
    return amend(
      repository.store,
      async () => {
        const stored = await repository.alias(alias.name, call)
        check(stored !== null)
        return {transaction: {compare: asRead(key, stored), then: [putRecord(key, alias)]}, result: alias}
      },
      call,
    )
  }
}
