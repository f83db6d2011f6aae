import type {Resource} from '../entity/role.js'

export type Needed = 'ReadOnly' | 'WriteOnly'

/** In the order in which Vearch tries them; what matches none needs ResourceAll, which in effect is root. */
const resourceByPrefix: readonly (readonly [string, Resource])[] = [
  ['/cluster', 'ResourceCluster'],
  ['/servers', 'ResourceServer'],
  ['/partitions', 'ResourcePartition'],
  ['/dbs', 'ResourceDB'],
  ['/backup', 'ResourceSpace'],
  ['/document', 'ResourceDocument'],
  ['/index', 'ResourceIndex'],
  ['/alias', 'ResourceAlias'],
  ['/config', 'ResourceConfig'],
  ['/users', 'ResourceUser'],
  ['/roles', 'ResourceRole'],
  ['/cache', 'ResourceCache'],
]

export function resourceOf(path: string): Resource {
  if (path.startsWith('/dbs') && path.includes('/spaces')) return 'ResourceSpace'
  return resourceByPrefix.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'ResourceAll'
}

export function privilegeNeeded(path: string, method: string): Needed {
  if (method === 'GET') return 'ReadOnly'
  return path.startsWith('/document') && /query|search/.test(path) ? 'ReadOnly' : 'WriteOnly'
}
