import type {Role} from '../entity/role.js'
import type {User} from '../entity/user.js'

/** Where users and roles are looked up: the master asks the store, the router its live view. */
export interface Accounts {
  user(name: string): Promise<User | null>
  /** A custom role; the built-in ones are in `entity/role.ts`. */
  role(name: string): Promise<Role | null>
}
