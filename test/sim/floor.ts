import {type Swarm, swarmOf} from './swarm.js'

/** The shape that the simulator's speed is measured on: 5 servers, 6 groups of 3 replicas, 50 calls a second, no faults. */
export function floorSwarm(lengthMs: number): Swarm {
  const swarm = swarmOf(1, lengthMs)
  const space = {partitions: 3, replicas: 3}
  return {
    ...swarm,
    cluster: {...swarm.cluster, masters: 1, routers: 2, servers: 5, spaces: [space, space], heartbeatMs: 500},
    network: {minMs: 0, meanMs: 0.5, lossPermille: 0},
    disk: {...swarm.disk, meanMs: 1},
    workload: {
      ...swarm.workload,
      clients: 10,
      opsPerSecond: 50,
      keysPerSpace: 30,
      batchMax: 1,
      mix: {upsert: 10, get: 10, delete: 2, search: 2, query: 1, admin: 0},
    },
  }
}
