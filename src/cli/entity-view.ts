import type {AliasRow, RoleRow, UserRow} from '../admin/entities/account-row.js'
import type {DbRow} from '../admin/entities/db-row.js'
import type {SpaceHealthRow} from '../admin/entities/space-health.js'
import type {LimitRow} from '../admin/entities/space-limits.js'
import type {FieldRow, SpaceRow} from '../admin/entities/space-row.js'
import type {View} from './view.js'

const revision = {get: ({modRevision}: {readonly modRevision: number | null}) => modRevision, wide: true}

export const dbView: View<DbRow> = {
  name: ({name}) => name,
  columns: {
    id: {get: ({id}) => id},
    name: {get: ({name}) => name},
    spaces: {get: ({spaces}) => spaces},
    partitions: {get: ({partitions}) => partitions},
    servers: {get: ({servers}) => servers, wide: true},
    revision,
  },
}

export const spaceView: View<SpaceRow> = {
  name: ({db, name}) => `${db}/${name}`,
  columns: {
    id: {get: ({id}) => id},
    db: {get: ({db}) => db},
    name: {get: ({name}) => name},
    enabled: {get: ({enabled}) => enabled, tone: ({enabled}) => (enabled === true ? 'good' : 'uncertain')},
    partitions: {get: ({partitions}) => partitions},
    replicas: {get: ({replicas}) => replicas},
    nodes: {get: ({nodes}) => nodes},
    fields: {get: ({fields}) => fields},
    version: {get: ({version}) => version},
    revision,
  },
}

export const fieldView: View<FieldRow> = {
  name: ({field}) => field,
  columns: {
    field: {get: ({field}) => field},
    type: {get: ({type}) => type},
    dimension: {get: ({dimension}) => dimension},
    index: {get: ({index}) => index},
    params: {get: ({params}) => params},
  },
}

export const limitView: View<LimitRow> = {
  name: ({limit}) => limit,
  columns: {
    limit: {get: ({limit}) => limit},
    value: {get: ({value}) => value},
    origin: {get: ({origin}) => origin},
  },
}

export const spaceHealthView: View<SpaceHealthRow> = {
  name: ({status}) => status,
  columns: {
    db: {get: ({db}) => db},
    space: {get: ({space}) => space},
    status: {
      get: ({status}) => status,
      tone: ({status}) => (status === 'green' ? 'good' : status === 'yellow' ? 'uncertain' : 'bad'),
    },
    docs: {get: ({docs}) => docs},
    partitions: {get: ({partitions}) => partitions},
    errors: {get: ({errors}) => errors},
  },
}

export const settingView: View<{readonly key: string; readonly value: unknown}> = {
  name: ({key}) => key,
  columns: {key: {get: ({key}) => key}, value: {get: ({value}) => value}},
}

export const aliasView: View<AliasRow> = {
  name: ({name}) => name,
  columns: {
    name: {get: ({name}) => name},
    db: {get: ({db}) => db},
    space: {get: ({space}) => space},
    revision,
  },
}

export const userView: View<UserRow> = {
  name: ({name}) => name,
  columns: {
    name: {get: ({name}) => name},
    role: {get: ({role}) => role},
    password: {
      get: ({password}) => password,
      tone: ({password}) => (password === 'hashed' ? 'good' : 'bad'),
    },
    revision,
  },
}

export const roleView: View<RoleRow> = {
  name: ({name}) => name,
  columns: {
    name: {get: ({name}) => name},
    origin: {get: ({origin}) => origin},
    privileges: {get: ({privileges}) => privileges},
    users: {get: ({users}) => users},
    revision,
  },
}
