/** A partition server of one partition, alone in its group, on any disk and engine. */
import {join} from 'node:path'
import type {OpenEngine} from '../../src/engine/engine.js'
import {type NodeId, partitionId} from '../../src/entity/ids.js'
import type {Disk} from '../../src/env/disk.js'
import type {Partition} from '../../src/ps/partition.js'
import type {PartitionHost} from '../../src/ps/partition-opening.js'
import {Partitions} from '../../src/ps/partitions.js'
import {WriteAheadLog} from '../../src/raftstore/wal/write-ahead-log.js'
import type {PsCaller} from '../../src/rpc/ps-api.js'
import {ModelEngine} from '../harness/model-engine.js'
import {alone, here, testConfig, testEnv, testSpace} from './fixtures.js'

const id = partitionId(1)

export interface OneServer {
  readonly log: WriteAheadLog
  readonly partitions: Partitions
  /** Errors: those of `Partitions.get`. */
  partition(): Partition
  stop(): Promise<void>
}

export interface OneServerOptions {
  readonly openEngine?: OpenEngine
  /** `resource_limit_rate`. */
  readonly rate?: number
  readonly rpc?: PsCaller
  /** The other members, all of which `rpc` reaches. */
  readonly others?: readonly NodeId[]
}

/** Opens the partition, or makes it where there is none. */
export async function serverOn(root: string, disk: Disk, options: OneServerOptions = {}): Promise<OneServer> {
  const env = {...testEnv, disk}
  const log = new WriteAheadLog(env, {directory: join(root, 'raft'), segmentBytes: 64 * 1024})
  await log.start()
  const config = testConfig([root])
  const partitions = new Partitions({
    ...alone,
    ...(options.rpc === undefined ? {} : {rpc: options.rpc}),
    ...(options.others === undefined ? {} : membersWith(options.others)),
    env,
    config: {...config, global: {...config.global, resource_limit_rate: options.rate ?? 1}},
    nodeId: here,
    sharedLog: log,
    openEngine: options.openEngine ?? ((directory, space) => ModelEngine.openOn(disk, directory, space)),
    probeEngine: async () => null,
  })
  const isThere = await disk.exists(join(root, 'meta', '1'))
  await partitions.recover({ip: '127.0.0.1', p_ids: isThere ? [id] : [], spaces: []})
  if (!isThere) await partitions.create(id, testSpace())
  return {
    log,
    partitions,
    partition: () => partitions.get(id),
    async stop() {
      await partitions.stop()
      await log.close()
    },
  }
}

function membersWith(others: readonly NodeId[]): Pick<PartitionHost, 'membersOf' | 'peers'> {
  return {membersOf: async () => [here, ...others], peers: {rpc: (node) => ({host: `node ${node}`, port: 1})}}
}

export async function idsIn(partition: Partition): Promise<string[]> {
  const query = {filter: null, offset: 0, limit: 100_000, projection: {fields: [], vectors: []}}
  return (await partition.reads.query(query)).map((document) => document.id)
}
