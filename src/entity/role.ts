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
