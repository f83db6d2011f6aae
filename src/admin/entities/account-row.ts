import {builtInRoles, type Role} from '../../entity/role.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {brokenWarnings, named, recordsUnder} from './records.js'

export interface AliasRow {
  readonly name: string
  readonly db: string
  readonly space: string
  readonly modRevision: number
}

export async function listAliases(meta: MetaReading, name: string | null = null): Promise<Listing<AliasRow>> {
  const metadata = await recordsUnder(meta, [meta.keys.aliasPrefix])
  const rows = [...metadata.aliases.values()].map(
    ({value: {name: alias, db_name: db, space_name: space}, modRevision}): AliasRow => ({
      name: alias,
      db,
      space,
      modRevision,
    }),
  )
  return oneOf({rows, source: sourceOf(meta), warnings: brokenWarnings(metadata)}, name, 'alias', meta)
}

export interface UserRow {
  readonly name: string
  readonly role: string | null
  /** How the password is stored; `plain` is what a real Vearch writes. */
  readonly password: 'none' | 'hashed' | 'plain'
  readonly modRevision: number
}

export async function listUsers(meta: MetaReading, name: string | null = null): Promise<Listing<UserRow>> {
  const metadata = await recordsUnder(meta, [meta.keys.userPrefix])
  const rows = [...metadata.users.values()].map(
    ({value: {name: user, role_name: role = null, password = ''}, modRevision}): UserRow => ({
      name: user,
      role,
      password: password === '' ? 'none' : password.startsWith('scrypt') ? 'hashed' : 'plain',
      modRevision,
    }),
  )
  return oneOf({rows, source: sourceOf(meta), warnings: brokenWarnings(metadata)}, name, 'user', meta)
}

export interface RoleRow {
  readonly name: string
  /** Built in: there without a record, and not to be changed. */
  readonly origin: 'built-in' | 'custom'
  readonly privileges: Role['privileges']
  readonly users: readonly string[]
  readonly modRevision: number | null
}

export async function listRoles(meta: MetaReading, name: string | null = null): Promise<Listing<RoleRow>> {
  const metadata = await recordsUnder(meta, [meta.keys.rolePrefix, meta.keys.userPrefix])
  const holders = (role: string) =>
    [...metadata.users.values()].filter(({value}) => value.role_name === role).map(({value}) => value.name)
  const row = ({name: role, privileges}: Role, origin: RoleRow['origin'], modRevision: number | null): RoleRow => ({
    name: role,
    origin,
    privileges,
    users: holders(role),
    modRevision,
  })
  const rows = [
    ...[...builtInRoles.values()].map((role) => row(role, 'built-in', null)),
    ...[...metadata.roles.values()].map(({value, modRevision}) => row(value, 'custom', modRevision)),
  ]
  return oneOf({rows, source: sourceOf(meta), warnings: brokenWarnings(metadata)}, name, 'role', meta)
}

/** Errors: NOT_FOUND. */
function oneOf<Row extends {readonly name: string}>(
  listing: Listing<Row>,
  name: string | null,
  topic: string,
  meta: MetaReading,
): Listing<Row> {
  if (name === null) return listing
  return {...listing, rows: [named(listing.rows, (row) => row.name === name, {what: `${topic} ${name}`, meta})]}
}
