/** The requests that create and delete what an operator names, by Vearch's API. */

import {isObject, parseJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Keys} from '../../meta/keys.js'
import {counted} from '../messages/counted.js'
import {dbPath, type MasterRequest, spacePath} from './master-request.js'
import type {SpaceName, SpaceRow} from './space-row.js'

export function createDb(name: string): MasterRequest {
  return {action: 'db create', step: `create db ${name}`, method: 'POST', path: dbPath(name)}
}

export function deleteDb(name: string): MasterRequest {
  return {action: 'db delete', step: `delete db ${name}`, method: 'DELETE', path: dbPath(name), isDestructive: true}
}

/** `text` is Vearch's body of a space. Errors: USAGE where it is none, or names another space. */
export function createSpace({db, space}: SpaceName, text: string): MasterRequest {
  const body = jsonOf(text)
  if (body.name !== undefined && body.name !== space) {
    throw new CodedError('USAGE', `the schema is of space ${String(body.name)}, not ${space}`)
  }
  const {partition_num: partitions = 1, replica_num: replicas = 'the default number of'} = body
  return {
    action: 'space create',
    step: `create space ${db}/${space} with ${counted(String(partitions), 'partition')} of ${counted(String(replicas), 'replica')}`,
    method: 'POST',
    path: `${dbPath(db)}/spaces`,
    body: {...body, name: space},
  }
}

export function deleteSpace({db, name, record, key, dbId, id}: SpaceRow, keys: Keys): MasterRequest {
  const partitions = record.partitions.map((partition) => partition.id)
  return {
    action: 'space delete',
    step: `delete space ${db}/${name}, its partitions ${partitions.join(', ')} and all their documents`,
    method: 'DELETE',
    path: spacePath(db, name),
    isDestructive: true,
    loses: [key, keys.spaceConfig(dbId, id), ...partitions.map((partition) => keys.partition(partition))],
  }
}

/** One request for each replica more or less: a master makes one step at a time. */
export function setReplicas({db, name, replicas}: SpaceRow, wanted: number): MasterRequest[] {
  const by = Math.sign(wanted - replicas)
  return Array.from({length: Math.abs(wanted - replicas)}, (_, at) => ({
    action: 'space replicas set',
    step:
      by > 0 ? `add a replica to each partition of ${db}/${name}` : `remove one from each partition of ${db}/${name}`,
    method: 'POST',
    path: '/schedule/change_replicas',
    body: {db_name: db, space_name: name, method: by > 0 ? 0 : 1},
    before: replicas + at * by,
    after: replicas + (at + 1) * by,
  }))
}

export function setSpaceConfig({db, space}: SpaceName, values: Readonly<Record<string, unknown>>): MasterRequest {
  return {
    action: 'space config set',
    step: `change the engine settings of ${db}/${space}`,
    method: 'POST',
    path: `/config/${encodeURIComponent(db)}/${encodeURIComponent(space)}`,
    body: values,
    after: values,
  }
}

export function createAlias(name: string, {db, space}: SpaceName): MasterRequest {
  const path = `/alias/${encodeURIComponent(name)}${spacePath(db, space)}`
  return {action: 'alias create', step: `let alias ${name} mean ${db}/${space}`, method: 'POST', path}
}

export function deleteAlias(name: string, keys: Keys): MasterRequest {
  const path = `/alias/${encodeURIComponent(name)}`
  return {action: 'alias delete', step: `delete alias ${name}`, method: 'DELETE', path, loses: [keys.alias(name)]}
}

export function createUser(name: string, role: string, password: string): MasterRequest {
  const body = {name, role_name: role, password}
  return {action: 'user create', step: `create user ${name} with role ${role}`, method: 'POST', path: '/users', body}
}

export function deleteUser(name: string, keys: Keys): MasterRequest {
  const path = `/users/${encodeURIComponent(name)}`
  return {action: 'user delete', step: `delete user ${name}`, method: 'DELETE', path, loses: [keys.user(name)]}
}

export function createRole(name: string, privileges: Readonly<Record<string, string>>): MasterRequest {
  const body = {name, privileges}
  return {action: 'role create', step: `create role ${name}`, method: 'POST', path: '/roles', body, after: privileges}
}

export function deleteRole(name: string, keys: Keys): MasterRequest {
  const path = `/roles/${encodeURIComponent(name)}`
  return {action: 'role delete', step: `delete role ${name}`, method: 'DELETE', path, loses: [keys.role(name)]}
}

/** `KEY=VALUE` words, a value as JSON where it is some. Errors: USAGE. */
export function assignments(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const [, key, text = ''] = /^([^=]+)=(.*)$/s.exec(word) ?? []
      if (key === undefined) throw new CodedError('USAGE', `${word} assigns nothing`, {hint: 'write KEY=VALUE'})
      return [key, valueIn(text)]
    }),
  )
}

function valueIn(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const body = parseJson(text)
    if (isObject(body)) return body
  } catch {
    // told below
  }
  throw new CodedError('USAGE', 'the schema is no JSON object', {hint: 'see docs of Vearch: {"fields": […], …}'})
}
