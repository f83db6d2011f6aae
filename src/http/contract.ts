/**
 * What the web layer and the roles agree on: who is asking, and how a request's time is bounded.
 */
import type {Role} from '../entity/role.js'
import type {User} from '../entity/user.js'

/** Where users and roles are looked up: the master asks the store, the router its live view. */
export interface Accounts {
  user(name: string): Promise<User | null>
  /** A custom role; the built-in ones are in `entity/role.ts`. */
  role(name: string): Promise<Role | null>
}

/** Carried by every service call that a request causes. */
export interface RequestContext {
  readonly requestId: string
  /** Aborted when the request's time is up (the client has its 504) or the client has gone. */
  readonly signal: AbortSignal
  /** Milliseconds that are left. */
  remainingMs(): number
  /** The authenticated user's name; null where authentication is off or the route needs none. */
  readonly user: string | null
}
