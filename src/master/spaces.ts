import type {FieldSpec} from '../entity/field.js'
import {nameFault} from '../entity/names.js'
import type {SpaceInfo} from '../entity/report.js'
import type {Space} from '../entity/space.js'
import {CodedError, paramError} from '../errors/coded-error.js'
import {putRecord, unchanged} from '../meta/repository.js'
import {amend} from './amend.js'
import {type Call, type Cluster, findDb, findSpace, spaceOrNull} from './cluster.js'
import {callLeader, onEach} from './partition-servers.js'
import {isBeingCreated} from './space-creation.js'
import type {SpaceRemoval} from './space-removal.js'
import {describeSpaces} from './space-report.js'

/** The body of `PUT /dbs/:db/spaces/:space`; what is absent stays as it is. */
export interface SpaceUpdate {
  readonly name?: string
  readonly enabled?: boolean
  readonly partition_num?: number
  readonly replica_num?: number
  readonly fields?: unknown
  readonly partition_name?: string
  readonly operator_type?: string
  readonly partition_rule?: unknown
}

const removalAttemptsMax = 8

export class Spaces {
  constructor(
    private readonly cluster: Cluster,
    private readonly removal: SpaceRemoval,
  ) {}

  async describe(dbName: string, name: string, detail: boolean, call: Call): Promise<SpaceInfo> {
    const db = await findDb(this.cluster, dbName, call)
    const {value: space, modRevision: atLeast} = await findSpace(this.cluster, db, name, call)
    const [info] = await describeSpaces(this.cluster, [{dbName: db.value.name, space}], {detail, atLeast}, call)
    if (info === undefined) throw new CodedError('SPACE_NOT_EXIST', `db:[${dbName}] space:[${name}]`)
    return info
  }

  async list(dbName: string, detail: boolean, call: Call): Promise<SpaceInfo[]> {
    const db = await findDb(this.cluster, dbName, call)
    const {items} = await this.cluster.repository.spacesOf(db.value.id, call)
    const spaces = items.map(({value: space}) => ({dbName: db.value.name, space}))
    const atLeast = Math.max(0, ...items.map(({modRevision}) => modRevision))
    return describeSpaces(this.cluster, spaces, {detail, atLeast}, call)
  }

  async delete(dbName: string, name: string, call: Call): Promise<void> {
    const db = await findDb(this.cluster, dbName, call)
    for (let attempt = 1; attempt <= removalAttemptsMax; attempt++) {
      const space = await findSpace(this.cluster, db, name, call)
      if (isBeingCreated(space.value)) throw paramError(`space:[${name}] is being created`, {retryable: true})
      if (await this.removal.remove(space, call)) return
    }
    throw new CodedError('META_REFUSED', `space:[${name}] changed all the time`, {retryable: true})
  }

  /** Renames the space or sets `enabled`. A new name must be free; routers know it by their watch. */
  async update(dbName: string, name: string, update: SpaceUpdate, call: Call): Promise<Space> {
    refuseResourceUpdate(update)
    const {repository} = this.cluster
    const space = await amend(
      repository.store,
      async () => {
        const db = await findDb(this.cluster, dbName, call)
        const stored = await findSpace(this.cluster, db, name, call)
        if (isBeingCreated(stored.value)) throw paramError(`space:[${name}] is being created`, {retryable: true})
        const fault = updateFault(stored.value, update)
        if (fault !== null) throw paramError(fault)
        const newName = update.name ?? name
        if (newName !== name && (await spaceOrNull(this.cluster, db.value, newName, call)) !== null) {
          throw new CodedError('SPACE_EXIST', `db:[${db.value.name}] space:[${newName}] already exists`)
        }
        const space: Space = {
          ...stored.value,
          name: newName,
          enabled: update.enabled ?? stored.value.enabled,
          version: stored.value.version + 1,
        }
        // The db's body is what every creation and renaming in it compares, so no two take one name.
        return {
          transaction: {
            compare: [unchanged(stored), unchanged(db)],
            then: [putRecord(stored.key, space), putRecord(db.key, db.value)],
          },
          result: space,
        }
      },
      call,
    )
    await this.#tellServers(space, call)
    return space
  }

  /** The record is the truth and is read again at every start; a server that cannot be told now is only late. */
  async #tellServers(space: Space, call: Call): Promise<void> {
    const outcomes = await onEach(space.partitions, (partition) =>
      callLeader(this.cluster, partition, 'updatePartition', {partitionId: partition.id, space}, call),
    )
    for (const [position, outcome] of outcomes.entries()) {
      if (outcome.ok) continue
      const partition = space.partitions[position]?.id
      this.cluster.log.warn('master.space.not-told', {space: space.name, partition, error: outcome.error.message})
    }
  }
}

function refuseResourceUpdate({partition_name, operator_type, partition_rule, partition_num}: SpaceUpdate): void {
  if (operator_type !== undefined && operator_type !== '' && operator_type !== 'ADD' && operator_type !== 'DROP') {
    throw paramError(`operator_type:[${operator_type}] should be ADD or DROP`)
  }
  if (partition_name || operator_type || partition_rule || (partition_num ?? 0) > 0) {
    throw new CodedError(
      'METHOD_NOT_IMPLEMENT',
      'changing the partitions of a space is not available yet in this version',
    )
  }
}

function updateFault(space: Space, {name, replica_num, fields}: SpaceUpdate): string | null {
  if (replica_num !== undefined && replica_num !== 0 && replica_num !== space.replica_num) {
    return `replica_num can not be changed from ${space.replica_num} to ${replica_num} here`
  }
  return (name === undefined ? null : nameFault('space', name)) ?? fieldsChangeFault(space.fields, fields)
}

/** Fields of a space stay as they are; a client may send them again. */
function fieldsChangeFault(current: readonly FieldSpec[], sent: unknown): string | null {
  if (sent === undefined || sent === null) return null
  if (!Array.isArray(sent)) return 'fields should be a list'
  const byName = new Map(current.map((field) => [field.name, field]))
  for (const field of sent as Partial<FieldSpec>[]) {
    const before = byName.get(field?.name ?? '')
    if (before === undefined) return `field addition not supported for field:[${field?.name}]`
    byName.delete(before.name)
    if (field.type !== before.type || (field.dimension ?? 0) !== (before.dimension ?? 0)) {
      return `field:[${before.name}] can not change its type or dimension`
    }
    if (JSON.stringify(field.index) !== JSON.stringify(before.index)) {
      return `field:[${before.name}] index can not be changed here, use the indexes API`
    }
  }
  const [missing] = byName.keys()
  return missing === undefined ? null : `field:[${missing}] can not be removed`
}
