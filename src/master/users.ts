/** Accounts (control-plane spec §4.9). Passwords are hashed before they are stored and never leave. */
import {nameFault} from '../entity/names.js'
import {builtInRoles, type Role, rootRoleName} from '../entity/role.js'
import type {User} from '../entity/user.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord, type Stored} from '../meta/repository.js'
import {type Amendment, amend, asRead} from './amend.js'
import type {Call, Cluster} from './cluster.js'
import type {PasswordHasher} from './password.js'

export const rootUserName = 'root'

export interface UserRole {
  readonly name: string
  readonly role: Role | null
}

export interface UserChange {
  readonly name: string
  readonly password?: string
  readonly old_password?: string
  readonly role_name?: string
}

/** Who asks: the authenticated user, or null where authentication is off and everybody is root. */
type Asking = string | null

export class Users {
  constructor(
    private readonly cluster: Cluster,
    private readonly hasher: PasswordHasher,
  ) {}

  /** Makes `root` with the signkey as its password, if there is no root yet. */
  async bootstrap(signkey: string): Promise<void> {
    const {repository, log} = this.cluster
    if ((await repository.user(rootUserName)) !== null) return
    const key = repository.keys.user(rootUserName)
    const root: User = {name: rootUserName, password: await this.hasher.hash(signkey), role_name: rootRoleName}
    const {succeeded} = await repository.store.transact({compare: asRead(key, null), then: [putRecord(key, root)]})
    if (succeeded) log.info('master.root.created')
  }

  async create({name, password, role_name: roleName}: UserChange, call: Call): Promise<{name: string}> {
    const {repository} = this.cluster
    const fault = nameFault('user', name)
    if (fault !== null) throw paramError(fault)
    if (isRoot(name)) throw paramError(`user name can't be ${rootUserName}`)
    if (roleName === undefined || roleName === '') throw paramError('role name is empty')
    if (isRoot(roleName)) throw paramError(`role name can't be ${rootRoleName}`)
    if (password === undefined || password === '') throw paramError('user password is empty')
    await this.#requireRole(roleName, call)
    const user: User = {name, password: await this.hasher.hash(password), role_name: roleName}
    const key = repository.keys.user(name)
    return amend(
      repository.store,
      async () => {
        const stored = await repository.user(name, call)
        if (stored !== null) throw new CodedError('USER_EXIST', `user:[${name}]`)
        return {transaction: {compare: asRead(key, stored), then: [putRecord(key, user)]}, result: {name}}
      },
      call,
    )
  }

  /** A new role, or a new password, not both. The answer holds no password. */
  async change(change: UserChange, asking: Asking, call: Call): Promise<Omit<User, 'password'>> {
    const {repository} = this.cluster
    const {name, role_name: roleName} = change
    if (roleName !== undefined && roleName !== '') {
      if (change.password || change.old_password) throw paramError("don't update role or password at the same time")
      await this.#requireRole(roleName, call)
      if (isRoot(roleName) && !(await this.#isRootRole(asking, call))) {
        throw new CodedError('AUTHENTICATION_FAILED', `only a user with role ${rootRoleName} can grant it`)
      }
    }
    return amend(
      repository.store,
      async () => {
        const stored = await repository.user(name, call)
        if (stored === null) throw new CodedError('USER_NOT_EXIST', `user:[${name}]`)
        return roleName ? this.#withRole(stored, roleName) : this.#withPassword(stored, change, asking)
      },
      call,
    )
  }

  async get(name: string, call: Call): Promise<UserRole> {
    const user = await this.cluster.repository.user(name, call)
    if (user === null) throw new CodedError('USER_NOT_EXIST', `user:[${name}]`)
    return {name, role: await this.#role(user.value.role_name ?? '', call)}
  }

  async list(call: Call): Promise<UserRole[]> {
    const {repository} = this.cluster
    const [users, roles] = await Promise.all([repository.users(call), repository.roles(call)])
    const custom = new Map(roles.items.map(({value}) => [value.name, value]))
    return users.items.map(({value: {name, role_name: role = ''}}) => ({
      name,
      role: builtInRoles.get(role) ?? custom.get(role) ?? null,
    }))
  }

  async delete(name: string, call: Call): Promise<void> {
    if (isRoot(name)) throw paramError(`user ${rootUserName} can't be deleted`)
    const {repository} = this.cluster
    const {results} = await repository.store.transact({then: [{type: 'delete', key: repository.keys.user(name)}]}, call)
    const [result] = results
    if (result?.type === 'delete' && result.deleted === 0) throw new CodedError('USER_NOT_EXIST', `user:[${name}]`)
  }

  #withRole(stored: Stored<User>, roleName: string): Amendment<Omit<User, 'password'>> {
    if (isRoot(stored.value.name) && !isRoot(roleName)) throw paramError(`the role of ${rootUserName} can't be changed`)
    const user: User = {...stored.value, role_name: roleName}
    return {
      transaction: {compare: asRead(stored.key, stored), then: [putRecord(stored.key, withoutOldPassword(user))]},
      result: withoutPassword(user),
    }
  }

  /** Root may set anybody else's; everybody else, and root for itself, has to know the old one. */
  async #withPassword(
    stored: Stored<User>,
    {password = '', old_password: old = ''}: UserChange,
    asking: Asking,
  ): Promise<Amendment<Omit<User, 'password'>>> {
    const {name, password: current = ''} = stored.value
    if (password === '') throw paramError('password is empty')
    const mayReset = asking === null || (asking === rootUserName && name !== rootUserName)
    if (!mayReset) {
      if (asking !== rootUserName && asking !== name) {
        throw new CodedError('AUTHENTICATION_FAILED', `user:[${asking}] can't change the password of user:[${name}]`)
      }
      if (old === '') throw paramError('old password is empty')
      if (current === '' || !(await this.hasher.verify(old, current))) {
        throw new CodedError('AUTHENTICATION_FAILED', 'old password is invalid')
      }
    }
    if (current !== '' && (await this.hasher.verify(password, current))) {
      throw paramError('password is same with old password')
    }
    const user: User = {...stored.value, password: await this.hasher.hash(password)}
    return {
      transaction: {compare: asRead(stored.key, stored), then: [putRecord(stored.key, withoutOldPassword(user))]},
      result: withoutPassword(user),
    }
  }

  async #isRootRole(asking: Asking, call: Call): Promise<boolean> {
    if (asking === null) return true
    return (await this.cluster.repository.user(asking, call))?.value.role_name === rootRoleName
  }

  async #role(name: string, call: Call): Promise<Role | null> {
    return builtInRoles.get(name) ?? (await this.cluster.repository.role(name, call))?.value ?? null
  }

  async #requireRole(name: string, call: Call): Promise<void> {
    if ((await this.#role(name, call)) === null) throw new CodedError('ROLE_NOT_EXIST', `role:[${name}]`)
  }
}

function isRoot(name: string): boolean {
  return name.toLowerCase() === rootUserName
}

function withoutPassword({password: _, ...user}: User): Omit<User, 'password'> {
  return withoutOldPassword(user)
}

/** Vearch leaves the old password in the record after a change; it goes with the next one. */
function withoutOldPassword<T extends User>(user: T): T {
  const {old_password: _, ...rest} = user as T & {readonly old_password?: string}
  return rest as unknown as T
}
