/**
 * Who is asking, and may they: Basic authentication against the users of the cluster, then the role's privilege.
 *
 * Texts and order of the checks are Vearch's (control-plane spec §4.5). Three things are not: the value of a privilege
 * counts, not only its presence; passwords are hashes (plain text of a real Vearch is still accepted); and the cluster's
 * own processes prove themselves with the signkey, whatever root's password has become.
 */
import {Buffer} from 'node:buffer'
import {createHmac} from 'node:crypto'
import {allows, builtInRoles} from '../entity/role.js'
import type {Random} from '../env/random.js'
import {CodedError} from '../errors/coded-error.js'
import {errorCodes} from '../errors/codes.js'
import {equalInConstantTime, type PasswordHasher} from '../master/password.js'
import type {Accounts} from './accounts.js'
import {HttpFault} from './envelope.js'
import {type Needed, privilegeNeeded, resourceOf} from './privilege.js'

/** Passwords that were verified lately, so that the expensive hash is not computed for every request. */
const verifiedMax = 4_096

export interface RouteNeeds {
  readonly method: string
  readonly path: string
  readonly needs?: Needed
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

export class Authenticator {
  /** Keyed digests of (user, stored password, password): one goes stale by itself when the user's record changes. */
  readonly #verified = new Set<string>()
  readonly #digestKey: Uint8Array

  constructor(
    private readonly accounts: Accounts,
    private readonly hasher: PasswordHasher,
    private readonly signkey: string,
    random: Random,
  ) {
    this.#digestKey = random.bytes(32)
  }

  /** The name of the user, if the header proves it and the user's role allows the route. Throws the spec's 401. */
  async requirePrivilege(header: string | undefined, route: RouteNeeds): Promise<string> {
    const credentials = parseBasic(header)
    const user = await this.accounts.user(credentials.user)
    if (user === null) throw unauthorized(`auth header user ${credentials.user} is invalid`)
    if (!(await this.#verify(credentials, user.password))) throw unauthorized('auth header password is invalid')
    const roleName = user.role_name ?? ''
    const role = builtInRoles.get(roleName) ?? (await this.accounts.role(roleName))
    if (role === null) throw new HttpFault(401, errorCodes.ROLE_NOT_EXIST.code, `role_not_exist:${roleName}`)
    const resource = resourceOf(route.path)
    if (!allows(role, resource, route.needs ?? privilegeNeeded(route.path, route.method))) {
      throw denied(`role:${role.name} don't have privilege for resource: ${resource}`)
    }
    return user.name
  }

  /** For calls of the cluster's own processes: `root` with the signkey. Throws the spec's 401. */
  requireSignkey(header: string | undefined): void {
    const {user, password} = parseBasic(header)
    if (user !== 'root') throw unauthorized(`auth header user ${user} is invalid`)
    if (!equalInConstantTime(password, this.signkey)) throw unauthorized('auth header password is invalid')
  }

  async #verify({user, password}: Credentials, stored: string | undefined): Promise<boolean> {
    if (stored === undefined || stored === '') return false
    const digest = createHmac('sha256', this.#digestKey)
      .update(JSON.stringify([user, stored, password]))
      .digest('base64')
    if (this.#verified.has(digest)) return true
    if (!(await this.hasher.verify(password, stored))) return false
    if (this.#verified.size >= verifiedMax) this.#verified.clear()
    this.#verified.add(digest)
    return true
  }
}

export function parseBasic(header: string | undefined): Credentials {
  if (header === undefined || header === '') throw unauthorized('auth header is empty')
  const [scheme, encoded, ...rest] = header.split(' ')
  if (scheme !== 'Basic' || encoded === undefined || rest.length > 0) throw unauthorized('auth header type is invalid')
  const illegal = encoded.replace(/={0,2}$/, '').search(/[^A-Za-z0-9+/_-]/)
  if (illegal >= 0) throw unauthorized(`illegal base64 data at input byte ${illegal}`)
  // Both alphabets: Vearch's processes send the URL-safe one, everybody else the standard one.
  const credentials = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = credentials.indexOf(':')
  if (colon < 0) throw unauthorized('auth header credentials is invalid')
  return {user: credentials.slice(0, colon), password: credentials.slice(colon + 1)}
}

function unauthorized(text: string): HttpFault {
  return new HttpFault(401, errorCodes.AUTHENTICATION_FAILED.code, text)
}

function denied(detail: string): HttpFault {
  return new HttpFault(
    401,
    errorCodes.AUTHENTICATION_FAILED.code,
    new CodedError('AUTHENTICATION_FAILED', detail).message,
  )
}
