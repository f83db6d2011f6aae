/** What a user may do: a privilege for each resource. Custom roles are stored at `P/role/<name>`. */
export const resources = [
  'ResourceAll',
  'ResourceCluster',
  'ResourceServer',
  'ResourcePartition',
  'ResourceDB',
  'ResourceSpace',
  'ResourceDocument',
  'ResourceIndex',
  'ResourceAlias',
  'ResourceUser',
  'ResourceRole',
  'ResourceConfig',
  'ResourceCache',
] as const
export type Resource = (typeof resources)[number]

export const privileges = ['None', 'WriteOnly', 'ReadOnly', 'WriteRead'] as const
export type Privilege = (typeof privileges)[number]

export interface Role {
  readonly name: string
  readonly privileges: Readonly<Partial<Record<Resource, Privilege>>>
}

/** The role that may do everything; only a user with this role can give it to another. */
export const rootRoleName = 'root'

function builtIn(name: string, granted: Readonly<Partial<Record<Privilege, readonly Resource[]>>>): [string, Role] {
  const entries = privileges.flatMap((privilege) => (granted[privilege] ?? []).map((to) => [to, privilege] as const))
  return [name, {name, privileges: Object.fromEntries(entries)}]
}

/** Roles that exist in every cluster without being stored (control-plane spec §4.5). */
export const builtInRoles: ReadonlyMap<string, Role> = new Map([
  builtIn(rootRoleName, {WriteRead: ['ResourceAll']}),
  builtIn('defaultClusterAdmin', {
    WriteRead: resources.filter((resource) => resource !== 'ResourceAll' && resource !== 'ResourceCache'),
  }),
  builtIn('defaultSpaceAdmin', {
    WriteRead: ['ResourceSpace', 'ResourceDocument', 'ResourceIndex'],
    ReadOnly: ['ResourceAlias'],
  }),
  builtIn('defaultDocumentAdmin', {WriteRead: ['ResourceDocument', 'ResourceIndex']}),
  builtIn('defaultReadDBSpaceEditDocument', {
    ReadOnly: ['ResourceCluster', 'ResourceDB', 'ResourceSpace', 'ResourceAlias'],
    WriteRead: ['ResourceDocument', 'ResourceIndex'],
  }),
  builtIn('defaultReadSpaceEditDocument', {
    ReadOnly: ['ResourceSpace', 'ResourceAlias'],
    WriteRead: ['ResourceDocument', 'ResourceIndex'],
  }),
])

export function isResource(name: string): name is Resource {
  return (resources as readonly string[]).includes(name)
}

export function isPrivilege(name: string): name is Privilege {
  return (privileges as readonly string[]).includes(name)
}

/** Whether the role's privilege for the resource covers what is needed; `root` covers everything. */
export function allows(role: Role, resource: Resource, needed: 'ReadOnly' | 'WriteOnly'): boolean {
  if (role.name === rootRoleName) return true
  const held = role.privileges[resource]
  return held === needed || held === 'WriteRead'
}

/** What a role holds after a grant: to read and to write together are `WriteRead`. */
export function unionOf(held: Privilege | undefined, granted: Privilege): Privilege {
  if (held === undefined || held === 'None' || held === granted) return granted
  return granted === 'None' ? held : 'WriteRead'
}
