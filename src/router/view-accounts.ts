import type {Role} from '../entity/role.js'
import type {User} from '../entity/user.js'
import type {Clock} from '../env/clock.js'
import type {LiveView} from '../meta/live-view.js'
import {catchUp} from './space-lookup.js'

/** Users and roles as the view has them; one that it does not know is looked for again once it has caught up. */
export class ViewAccounts {
  constructor(
    private readonly view: LiveView,
    private readonly clock: Clock,
  ) {}

  user(name: string): Promise<User | null> {
    return this.#find(() => this.view.users.get(name))
  }

  role(name: string): Promise<Role | null> {
    return this.#find(() => this.view.roles.get(name))
  }

  async #find<T>(lookup: () => T | undefined): Promise<T | null> {
    const known = lookup()
    if (known !== undefined) return known
    await catchUp(this.view, this.clock)
    return lookup() ?? null
  }
}
