import {nameFault} from '../entity/names.js'
import {
  builtInRoles,
  isPrivilege,
  isResource,
  type Privilege,
  type Resource,
  type Role,
  rootRoleName,
  unionOf,
} from '../entity/role.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord} from '../meta/repository.js'
import {amend, asRead} from './amend.js'
import type {Call, Cluster} from './cluster.js'

export interface RoleChange {
  readonly name: string
  /** `Grant` adds to what the role holds, `Revoke` takes the listed resources away whatever their value; empty changes nothing. */
  readonly operator: string
  readonly privileges: Readonly<Record<string, string>>
}

export class Roles {
  constructor(private readonly cluster: Cluster) {}

  async create(
    role: {readonly name: string; readonly privileges: Readonly<Record<string, string>>},
    call: Call,
  ): Promise<Role> {
    const {repository} = this.cluster
    refuseReserved(role.name)
    const created: Role = {name: role.name, privileges: checked(role.privileges)}
    const key = repository.keys.role(role.name)
    return amend(
      repository.store,
      async () => {
        const stored = await repository.role(role.name, call)
        if (stored !== null || builtInRoles.has(role.name)) throw new CodedError('ROLE_EXIST', `role:[${role.name}]`)
        return {transaction: {compare: asRead(key, stored), then: [putRecord(key, created)]}, result: created}
      },
      call,
    )
  }

  async change({name, operator, privileges}: RoleChange, call: Call): Promise<Role> {
    const {repository} = this.cluster
    refuseReserved(name)
    const changes = checked(privileges)
    if (!['', 'Grant', 'Revoke'].includes(operator))
      throw paramError(`operator:[${operator}] should be Grant or Revoke`)
    const key = repository.keys.role(name)
    return amend(
      repository.store,
      async () => {
        const stored = await repository.role(name, call)
        if (stored === null) throw new CodedError('ROLE_NOT_EXIST', `role:[${name}]`)
        const role = {name, privileges: changed(stored.value.privileges ?? {}, operator, changes)}
        return {transaction: {compare: asRead(key, stored), then: [putRecord(key, role)]}, result: role}
      },
      call,
    )
  }

  /** Built-in or custom. */
  async get(name: string, call: Call): Promise<Role> {
    const role = builtInRoles.get(name) ?? (await this.cluster.repository.role(name, call))?.value
    if (role === undefined) throw new CodedError('ROLE_NOT_EXIST', `role:[${name}]`)
    return role
  }

  /** The custom ones. */
  async list(call: Call): Promise<Role[]> {
    return (await this.cluster.repository.roles(call)).items.map(({value}) => value)
  }

  /** A built-in role stays and that is no error, as in Vearch. */
  async delete(name: string, call: Call): Promise<void> {
    if (builtInRoles.has(name)) return
    const {repository} = this.cluster
    const key = repository.keys.role(name)
    const {results} = await repository.store.transact({then: [{type: 'delete', key}]}, call)
    const [result] = results
    if (result?.type === 'delete' && result.deleted === 0) throw new CodedError('ROLE_NOT_EXIST', `role:[${name}]`)
  }
}

function refuseReserved(name: string): void {
  const fault = nameFault('role', name)
  if (fault !== null) throw paramError(fault)
  if (name.toLowerCase() === rootRoleName) throw paramError(`role name can't be ${rootRoleName}`)
}

function checked(privileges: Readonly<Record<string, string>>): Readonly<Partial<Record<Resource, Privilege>>> {
  for (const [resource, privilege] of Object.entries(privileges)) {
    if (!isResource(resource)) throw paramError(`resource:[${resource}] is not known`)
    if (!isPrivilege(privilege)) throw paramError(`privilege:[${privilege}] is not known`)
  }
  return privileges as Partial<Record<Resource, Privilege>>
}

function changed(held: Role['privileges'], operator: string, changes: Role['privileges']): Role['privileges'] {
  const after: Partial<Record<Resource, Privilege>> = {...held}
  for (const [resource, privilege] of Object.entries(changes) as [Resource, Privilege][]) {
    if (operator === 'Grant') after[resource] = unionOf(after[resource], privilege)
    if (operator === 'Revoke') delete after[resource]
  }
  return after
}
