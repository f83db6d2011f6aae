import type {Role} from '../entity/role.js'
import type {User} from '../entity/user.js'
import type {MetaRepository} from '../meta/repository.js'

/** Users and roles as the store has them now: a change counts with the next request. */
export class StoreAccounts {
  constructor(private readonly repository: MetaRepository) {}

  async user(name: string): Promise<User | null> {
    return (await this.repository.user(name))?.value ?? null
  }

  async role(name: string): Promise<Role | null> {
    return (await this.repository.role(name))?.value ?? null
  }
}
