/** The simulator's own etcd and engine, held to the contracts of the real ones. Virtual time goes at the pace of real time here. */
import {systemDisk} from '../../src/env/disk.js'
import {metaStoreContract} from '../contract/meta-store.js'
import {vectorEngineContract} from '../contract/vector-engine.js'
import {NodeClock} from './clock.js'
import {engineOn, noFaults} from './engine.js'
import {SimEtcd} from './etcd.js'
import {EtcdHost} from './etcd-host.js'
import {Links} from './links.js'
import {MetaClient} from './meta-client.js'
import {SimNetwork} from './network.js'
import {Prng} from './prng.js'
import {Process} from './process.js'
import {Wire} from './wire.js'
import {World} from './world.js'

const realTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))

metaStoreContract('the simulated etcd', async () => {
  const world = new World(new Prng(1), realTurn)
  const links = new Links(world, {minMs: 0, meanMs: 0.1, lossPermille: 0})
  const network = new SimNetwork(world, links)
  const wire = new Wire(world, links, network)
  const etcd = new SimEtcd(world)
  const host = new EtcdHost(world, wire, etcd, new Process(world, 1, 'etcd'))
  const process = new Process(world, 2, 'client')
  network.add({ip: host.ip, isUp: true})
  const store = new MetaClient(host, {process, ip: '10.0.0.2'}, new NodeClock(world, 1, 0).of(process))
  const beganMs = performance.now()
  let isOpen = true
  const pace = async () => {
    while (isOpen) {
      await world.runUntil((performance.now() - beganMs) * 1_000)
      await realTurn()
    }
  }
  const paced = pace()
  return {
    store,
    compact: async (revision) => etcd.compact(revision),
    close: async () => {
      await store.close()
      isOpen = false
      await paced
    },
  }
})

vectorEngineContract('the model engine', engineOn(systemDisk, noFaults))
