/** `status`: the cluster on one card. Facts only; `null` is what could not be asked. */
import {mutesIn} from '../doctor/mutes.js'
import {docsOf} from '../picture/partition-sight.js'
import type {ClusterPicture} from '../picture/picture.js'
import {type Health, healthOf} from './health.js'

export interface StatusCard {
  readonly cluster: string
  readonly place: string
  readonly revision: number
  readonly takenAt: string
  readonly health: Health
  readonly masters: {readonly answering: number; readonly asked: number; readonly announced: number}
  readonly store: {readonly backend: string; readonly version: string; readonly dbBytes: number} | null
  readonly servers: {readonly alive: number; readonly failed: number}
  readonly routers: number
  readonly dbs: number
  readonly spaces: number
  readonly partitions: number
  /** Of partitions whose servers were heard. */
  readonly docs: number | null
  readonly locks: number
  readonly mutes: number
  readonly unreadableRecords: number
}

export function statusCard(picture: ClusterPicture): StatusCard {
  const {metadata, masters, store, partitions} = picture
  const told = [...partitions.values()].flatMap((sight) => docsOf(sight) ?? [])
  return {
    cluster: metadata.keys.cluster,
    place: metadata.place,
    revision: metadata.revision,
    takenAt: new Date(picture.takenAtMs).toISOString(),
    health: healthOf(picture),
    masters: {
      answering: masters.filter((answer) => answer.told).length,
      asked: masters.length,
      announced: metadata.members.size,
    },
    store: store.told
      ? {backend: store.value.backend, version: store.value.version, dbBytes: store.value.dbBytes}
      : null,
    servers: {alive: metadata.servers.size, failed: metadata.failServers.size},
    routers: metadata.routers.size,
    dbs: metadata.dbs.size,
    spaces: metadata.spaces.size,
    partitions: partitions.size,
    docs: told.length === 0 ? null : told.reduce((sum, docs) => sum + docs, 0),
    locks: metadata.locks.length,
    mutes: mutesIn(picture).length,
    unreadableRecords: metadata.broken.size,
  }
}
