import {expect, test} from 'vitest'
import {allows, builtInRoles, type Resource, unionOf} from '../../src/entity/role.js'
import {privilegeNeeded, resourceOf} from '../../src/http/privilege.js'

test.each([
  ['/cluster/health', 'ResourceCluster'],
  ['/servers', 'ResourceServer'],
  ['/partitions/resource_limit', 'ResourcePartition'],
  ['/dbs', 'ResourceDB'],
  ['/dbs/:db_name', 'ResourceDB'],
  ['/dbs/:db_name/spaces', 'ResourceSpace'],
  ['/dbs/:db_name/spaces/:space_name/indexes', 'ResourceSpace'],
  ['/backup/dbs/:db_name', 'ResourceSpace'],
  ['/document/upsert', 'ResourceDocument'],
  ['/index/flush', 'ResourceIndex'],
  ['/alias/:alias_name', 'ResourceAlias'],
  ['/config/request_limit', 'ResourceConfig'],
  ['/users', 'ResourceUser'],
  ['/roles/:role_name', 'ResourceRole'],
  ['/cache/dbs/:db_name/spaces/:space_name', 'ResourceCache'],
  ['/', 'ResourceAll'],
  ['/routers', 'ResourceAll'],
  ['/members', 'ResourceAll'],
  ['/restore/dbs/:db_name', 'ResourceAll'],
  ['/schedule/fail_server', 'ResourceAll'],
  ['/meta/remove_server', 'ResourceAll'],
])('%s needs %s', (path, resource) => expect(resourceOf(path)).toBe(resource))

test.each([
  ['GET', '/dbs', 'ReadOnly'],
  ['POST', '/dbs/:db_name', 'WriteOnly'],
  ['PUT', '/users', 'WriteOnly'],
  ['DELETE', '/users/:user_name', 'WriteOnly'],
  ['POST', '/document/query', 'ReadOnly'],
  ['POST', '/document/search', 'ReadOnly'],
  ['POST', '/document/upsert', 'WriteOnly'],
  ['POST', '/document/delete', 'WriteOnly'],
])('%s %s needs %s', (method, path, needed) => expect(privilegeNeeded(path, method)).toBe(needed))

test.each([
  [undefined, 'ReadOnly', 'ReadOnly'],
  ['ReadOnly', 'WriteOnly', 'WriteRead'],
  ['WriteOnly', 'ReadOnly', 'WriteRead'],
  ['ReadOnly', 'ReadOnly', 'ReadOnly'],
  ['WriteRead', 'ReadOnly', 'WriteRead'],
  ['None', 'WriteOnly', 'WriteOnly'],
  ['ReadOnly', 'None', 'ReadOnly'],
] as const)('%s and %s together are %s', (held, granted, together) => expect(unionOf(held, granted)).toBe(together))

test.each<[string, Resource, boolean, boolean]>([
  ['root', 'ResourceAll', true, true],
  ['root', 'ResourceCache', true, true],
  ['defaultClusterAdmin', 'ResourceUser', true, true],
  ['defaultClusterAdmin', 'ResourceAll', false, false],
  ['defaultClusterAdmin', 'ResourceCache', false, false],
  ['defaultSpaceAdmin', 'ResourceSpace', true, true],
  ['defaultSpaceAdmin', 'ResourceAlias', true, false],
  ['defaultSpaceAdmin', 'ResourceDB', false, false],
  ['defaultDocumentAdmin', 'ResourceDocument', true, true],
  ['defaultDocumentAdmin', 'ResourceSpace', false, false],
  ['defaultReadDBSpaceEditDocument', 'ResourceDB', true, false],
  ['defaultReadDBSpaceEditDocument', 'ResourceIndex', true, true],
  ['defaultReadSpaceEditDocument', 'ResourceSpace', true, false],
  ['defaultReadSpaceEditDocument', 'ResourceDB', false, false],
])('%s on %s: reads %s, writes %s', (name, resource, reads, writes) => {
  const role = builtInRoles.get(name)
  if (role === undefined) throw new Error(`${name} is built in`)
  expect([allows(role, resource, 'ReadOnly'), allows(role, resource, 'WriteOnly')]).toEqual([reads, writes])
})
