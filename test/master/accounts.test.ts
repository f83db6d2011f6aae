import {afterAll, beforeAll, expect} from 'vitest'
import {putRecord} from '../../src/meta/repository.js'
import type {TestEtcd} from '../harness/etcd.js'
import {describe, test} from '../harness/with-etcd.js'
import {basic, MasterHarness, signkey, startEtcd} from './cluster-harness.js'

let etcd: TestEtcd
let harness: MasterHarness
beforeAll(async () => {
  etcd = await startEtcd()
  harness = await MasterHarness.start(etcd, 0)
})
afterAll(async () => {
  await harness.stop()
  await etcd.stop()
})

/** Status, code and text or data, asked as somebody. */
const as = async (who: string, method: string, path: string, body?: unknown) => {
  const authorization = basic(who, who === 'root' ? signkey : `${who}-password`)
  const {status, code, msg, data} = await harness.call(method, path, body, {authorization})
  return code === 0 ? [status, code, data] : [status, code, msg]
}
const withRole = async (name: string, privileges: Readonly<Record<string, string>>) => {
  await as('root', 'POST', '/roles', {name: `role_${name}`, privileges})
  return as('root', 'POST', '/users', {name, password: `${name}-password`, role_name: `role_${name}`})
}

describe('the header', () => {
  test.each([
    ['none', '', 'auth header is empty'],
    ['another scheme', 'Bearer abc', 'auth header type is invalid'],
    ['the scheme in lower case', 'basic cm9vdDpzZWNyZXQta2V5', 'auth header type is invalid'],
    ['nothing after the scheme', 'Basic', 'auth header type is invalid'],
    ['three words', 'Basic a b', 'auth header type is invalid'],
    ['no base64', 'Basic cm9v!', 'illegal base64 data at input byte 4'],
    ['no colon', `Basic ${Buffer.from('root').toString('base64')}`, 'auth header credentials is invalid'],
    ['nobody', basic('nobody', 'x'), 'auth header user nobody is invalid'],
    ['a wrong password', basic('root', 'wrong'), 'auth header password is invalid'],
    ['an empty password', basic('root', ''), 'auth header password is invalid'],
    ['the stored hash', '', 'auth header is empty'],
  ])('%s', async (_, authorization, msg) => {
    const reply = await harness.call('GET', '/dbs', undefined, {authorization})
    expect([reply.status, reply.code, reply.msg]).toEqual([401, 3, msg])
  })

  test('a hash is no password', async () => {
    const {value} = (await harness.master.master.cluster.repository.user('root')) ?? {value: {password: ''}}
    expect(value.password).toMatch(/^scrypt\$/)
    const reply = await harness.call('GET', '/dbs', undefined, {authorization: basic('root', value.password ?? '')})
    expect(reply.code).toBe(3)
  })

  test('a password may hold colons and any character', async () => {
    await as('root', 'POST', '/users', {name: 'odd', password: 'a:b:ü€', role_name: 'defaultClusterAdmin'})
    expect((await harness.call('GET', '/dbs', undefined, {authorization: basic('odd', 'a:b:ü€')})).code).toBe(0)
  })
})

describe('records of a real Vearch', () => {
  const write = (name: string, record: unknown) =>
    harness.master.store.transact({then: [putRecord(harness.keys.user(name), record)]})

  test('a password in plain text is accepted, and hashed when it is changed', async () => {
    await write('old', {name: 'old', password: 'old-password', old_password: 'x', role_name: 'defaultClusterAdmin'})
    expect((await as('old', 'GET', '/dbs'))[1]).toBe(0)
    expect(await as('root', 'PUT', '/users', {name: 'old', password: 'new'})).toEqual([
      200,
      0,
      {name: 'old', role_name: 'defaultClusterAdmin'},
    ])
    const {value} = (await harness.master.master.cluster.repository.user('old')) ?? {value: {}}
    expect(value).toEqual({name: 'old', role_name: 'defaultClusterAdmin', password: expect.stringMatching(/^scrypt/)})
  })

  test.each([
    ['no password', {name: 'half', role_name: 'defaultClusterAdmin'}, 'auth header password is invalid'],
    ['no role', {name: 'half', password: 'half-password'}, 'role_not_exist:'],
  ])('one with %s is denied, and nothing breaks', async (_, record, msg) => {
    await write('half', record)
    expect((await as('half', 'GET', '/dbs')).slice(0, 1)).toEqual([401])
    expect((await as('half', 'GET', '/dbs'))[2]).toBe(msg)
  })

  test('a record that is no JSON is a 500, and nothing breaks', async () => {
    await harness.master.store.transact({then: [{type: 'put', key: harness.keys.user('bad'), value: '{'}]})
    expect((await as('bad', 'GET', '/dbs'))[0]).toBe(500)
    expect((await as('root', 'GET', '/dbs'))[1]).toBe(0)
    await harness.master.store.transact({then: [{type: 'delete', key: harness.keys.user('bad')}]})
  })
})

describe('privileges', () => {
  test.each([
    ['ReadOnly', 0, 3],
    ['WriteOnly', 3, 0],
    ['WriteRead', 0, 0],
    ['None', 3, 3],
  ])('%s reads with code %d and writes with code %d', async (privilege, read, write) => {
    const name = `u${privilege}`
    await withRole(name, {ResourceDB: privilege})
    expect((await as(name, 'GET', '/dbs'))[1]).toBe(read)
    const db = `d${privilege}`
    expect((await as(name, 'POST', `/dbs/${db}`))[1]).toBe(write)
    if (write === 0) expect((await as(name, 'DELETE', `/dbs/${db}`))[1]).toBe(0)
    expect(await as(name, 'GET', '/servers')).toEqual([
      401,
      3,
      `authentication_failed:role:role_${name} don't have privilege for resource: ResourceServer`,
    ])
  })

  test('a grant adds to what a role has, a revocation takes it all, at once', async () => {
    await withRole('grow', {ResourceDB: 'ReadOnly'})
    expect((await as('grow', 'POST', '/dbs/grown'))[1]).toBe(3)
    const change = (operator: string, privilege: string) =>
      as('root', 'PUT', '/roles', {name: 'role_grow', operator, privileges: {ResourceDB: privilege}})
    expect(await change('Grant', 'WriteOnly')).toEqual([
      200,
      0,
      {name: 'role_grow', privileges: {ResourceDB: 'WriteRead'}},
    ])
    expect((await as('grow', 'POST', '/dbs/grown'))[1]).toBe(0)
    expect((await as('grow', 'GET', '/dbs'))[1]).toBe(0)
    expect((await change('', 'None'))[2]).toEqual({name: 'role_grow', privileges: {ResourceDB: 'WriteRead'}})
    expect(await change('Revoke', 'ReadOnly')).toEqual([200, 0, {name: 'role_grow', privileges: {}}])
    expect((await as('grow', 'GET', '/dbs'))[1]).toBe(3)
    await as('root', 'DELETE', '/dbs/grown')
  })

  test('grants that race are all kept', async () => {
    await as('root', 'POST', '/roles', {name: 'race', privileges: {}})
    const names = ['ResourceDB', 'ResourceSpace', 'ResourceAlias', 'ResourceUser', 'ResourceRole', 'ResourceConfig']
    await Promise.all(
      names.map((name) =>
        as('root', 'PUT', '/roles', {name: 'race', operator: 'Grant', privileges: {[name]: 'ReadOnly'}}),
      ),
    )
    expect(Object.keys((await as('root', 'GET', '/roles/race'))[2].privileges).sort()).toEqual([...names].sort())
  })

  test('ResourceAll is no wildcard, and a GET that changes something is a write', async () => {
    await withRole('wide', {ResourceAll: 'ReadOnly'})
    expect((await as('wide', 'GET', '/routers'))[1]).toBe(0)
    expect((await as('wide', 'GET', '/dbs'))[1]).toBe(3)
    expect((await as('wide', 'GET', '/clean_lock'))[1]).toBe(3)
    expect((await as('wide', 'GET', '/schedule/clean_task'))[1]).toBe(3)
  })

  test('a role that is deleted under a user denies it', async () => {
    await withRole('orphan', {ResourceDB: 'ReadOnly'})
    await as('root', 'DELETE', '/roles/role_orphan')
    expect(await as('orphan', 'GET', '/dbs')).toEqual([401, 190, 'role_not_exist:role_orphan'])
  })
})

describe('users', () => {
  const admin = {name: 'admin', password: 'admin-password', role_name: 'defaultClusterAdmin'}

  test('are created, listed without passwords, and deleted', async () => {
    expect(await as('root', 'POST', '/users', admin)).toEqual([200, 0, {name: 'admin'}])
    expect((await as('root', 'POST', '/users', admin)).slice(0, 2)).toEqual([500, 181])
    const [, , shown] = await as('admin', 'GET', '/users/admin')
    expect(shown).toMatchObject({
      name: 'admin',
      role: {name: 'defaultClusterAdmin', privileges: {ResourceDB: 'WriteRead'}},
    })
    expect(JSON.stringify((await as('admin', 'GET', '/users'))[2])).not.toMatch(/password|scrypt/)
    expect((await as('root', 'GET', '/users/none')).slice(0, 2)).toEqual([404, 180])
    expect((await as('root', 'DELETE', '/users/none')).slice(0, 2)).toEqual([500, 180])
  })

  test.each([
    ['a bad name', {...admin, name: '1x'}, 6],
    ['the name root', {...admin, name: 'rOOt'}, 6],
    ['the role root', {...admin, name: 'x', role_name: 'root'}, 6],
    ['no role', {name: 'x', password: 'p'}, 6],
    ['an unknown role', {...admin, name: 'x', role_name: 'none'}, 190],
    ['no password', {name: 'x', role_name: 'defaultClusterAdmin'}, 6],
    ['an empty password', {...admin, name: 'x', password: ''}, 6],
  ])('are refused with %s', async (_, body, code) => {
    expect((await as('root', 'POST', '/users', body)).slice(0, 2)).toEqual([500, code])
  })

  test('the password: root resets it, the user changes it with the old one, nobody else does', async () => {
    const put = (who: string, body: unknown) => as(who, 'PUT', '/users', body)
    await as('root', 'POST', '/users', {...admin, name: 'eve', password: 'eve-password'})
    expect((await put('eve', {name: 'admin', password: 'stolen', old_password: 'admin-password'})).slice(0, 2)).toEqual(
      [401, 3],
    )
    expect((await put('admin', {name: 'admin', password: 'p2'})).slice(0, 2)).toEqual([500, 6])
    expect((await put('admin', {name: 'admin', password: 'p2', old_password: 'wrong'})).slice(0, 2)).toEqual([401, 3])
    expect((await put('admin', {name: 'admin', password: 'admin-password', old_password: 'admin-password'}))[1]).toBe(6)
    expect(await put('admin', {name: 'admin', password: 'p2', old_password: 'admin-password'})).toEqual([
      200,
      0,
      {name: 'admin', role_name: 'defaultClusterAdmin'},
    ])
    expect((await as('admin', 'GET', '/dbs'))[2]).toBe('auth header password is invalid')
    expect((await put('root', {name: 'admin', password: 'admin-password'}))[1]).toBe(0)
    expect((await as('admin', 'GET', '/dbs'))[1]).toBe(0)
    expect((await put('root', {name: 'root', password: 'x'}))[1]).toBe(6)
    expect((await put('root', {name: 'none', password: 'x'})).slice(0, 2)).toEqual([500, 180])
  })

  test('the role: not together with a password, and root is given by root only', async () => {
    const put = (who: string, body: unknown) => as(who, 'PUT', '/users', body)
    expect((await put('root', {name: 'eve', role_name: 'defaultSpaceAdmin', password: 'x'}))[1]).toBe(6)
    expect((await put('root', {name: 'eve', role_name: 'none'})).slice(0, 2)).toEqual([500, 190])
    expect((await put('eve', {name: 'eve', role_name: 'root'})).slice(0, 2)).toEqual([401, 3])
    expect((await put('root', {name: 'root', role_name: 'defaultSpaceAdmin'}))[1]).toBe(6)
    expect(await put('root', {name: 'eve', role_name: 'defaultSpaceAdmin'})).toEqual([
      200,
      0,
      {name: 'eve', role_name: 'defaultSpaceAdmin'},
    ])
    expect((await as('eve', 'GET', '/users'))[1]).toBe(3)
    expect((await as('eve', 'GET', '/dbs/none/spaces'))[1]).toBe(200)
    expect((await put('root', {name: 'eve', role_name: 'root'}))[1]).toBe(0)
    expect((await as('eve', 'GET', '/users'))[1]).toBe(0)
  })

  test('root stays', async () => {
    expect((await as('root', 'DELETE', '/users/RoOt')).slice(0, 2)).toEqual([500, 6])
  })

  test('root’s own password changes, and the cluster’s own processes still have the signkey', async () => {
    expect((await as('root', 'PUT', '/users', {name: 'root', password: 'other', old_password: signkey}))[1]).toBe(0)
    expect((await as('root', 'GET', '/dbs'))[1]).toBe(3)
    const path = `/register_router?clusterName=${harness.cluster}`
    expect((await harness.call('POST', path, undefined, {authorization: basic('root', signkey)})).code).toBe(0)
    const again = {name: 'root', password: signkey, old_password: 'other'}
    expect((await harness.call('PUT', '/users', again, {authorization: basic('root', 'other')})).code).toBe(0)
  })
})

describe('roles', () => {
  test('are created, listed without the built-in ones, and deleted', async () => {
    const role = {name: 'r1', privileges: {ResourceDB: 'ReadOnly'}}
    expect(await as('root', 'POST', '/roles', role)).toEqual([200, 0, role])
    expect((await as('root', 'POST', '/roles', role)).slice(0, 2)).toEqual([500, 191])
    expect((await as('root', 'POST', '/roles', {...role, name: 'defaultSpaceAdmin'})).slice(0, 2)).toEqual([500, 191])
    expect((await as('root', 'GET', '/roles'))[2]).toContainEqual(role)
    expect(JSON.stringify((await as('root', 'GET', '/roles'))[2])).not.toContain('defaultSpaceAdmin')
    expect((await as('root', 'GET', '/roles/defaultSpaceAdmin'))[2].privileges.ResourceAlias).toBe('ReadOnly')
    expect((await as('root', 'GET', '/roles/none')).slice(0, 2)).toEqual([404, 190])
    expect(await as('root', 'DELETE', '/roles/defaultSpaceAdmin')).toEqual([200, 0, undefined])
    expect(await as('root', 'DELETE', '/roles/r1')).toEqual([200, 0, undefined])
    expect((await as('root', 'DELETE', '/roles/r1')).slice(0, 2)).toEqual([500, 190])
  })

  test.each([
    ['an unknown resource', {name: 'x', privileges: {ResourceX: 'ReadOnly'}}, 500, 6],
    ['an unknown privilege', {name: 'x', privileges: {ResourceDB: 'All'}}, 500, 6],
    ['the name root', {name: 'Root', privileges: {}}, 500, 6],
    ['privileges that are a list', {name: 'x', privileges: []}, 400, 1],
  ])('are refused with %s', async (_, body, status, code) => {
    expect((await as('root', 'POST', '/roles', body)).slice(0, 2)).toEqual([status, code])
  })

  test('an unknown operator or role is refused', async () => {
    const change = (name: string, operator: string) => as('root', 'PUT', '/roles', {name, operator, privileges: {}})
    expect((await change('role_grow', 'Add')).slice(0, 2)).toEqual([500, 6])
    expect((await change('none', 'Grant')).slice(0, 2)).toEqual([500, 190])
    expect((await change('defaultSpaceAdmin', 'Grant')).slice(0, 2)).toEqual([500, 190])
  })
})

test('skip_auth lets everybody do everything', async () => {
  const open = await MasterHarness.start(etcd, 0, {skipAuth: true})
  expect((await open.call('POST', '/dbs/d', undefined, {authorization: ''})).code).toBe(0)
  expect(
    (await open.call('POST', `/register_router?clusterName=${open.cluster}`, undefined, {authorization: ''})).code,
  ).toBe(0)
  await open.stop()
})

test('limited_db_num allows one db', async () => {
  const limited = await MasterHarness.start(etcd, 0, {limitedDbNum: true})
  expect((await limited.call('POST', '/dbs/a')).code).toBe(0)
  expect(await limited.call('POST', '/dbs/b')).toMatchObject({status: 400, code: 6})
  await limited.stop()
})
