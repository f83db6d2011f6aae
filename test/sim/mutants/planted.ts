import {disk} from './disk.js'
import {elections} from './elections.js'
import type {Mutant} from './mutant.js'
import {replication} from './replication.js'
import {service} from './service.js'

export const planted: readonly Mutant[] = [...elections, ...replication, ...disk, ...service]
