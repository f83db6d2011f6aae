import {systemDisk} from '../../src/env/disk.js'
import {env as storeEnv} from './stores.js'

export const env = {...storeEnv, disk: systemDisk}
