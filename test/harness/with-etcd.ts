/** `describe`, `test` and `it` for what needs a real etcd: skipped where there is none. */
import * as vitest from 'vitest'
import {hasEtcd} from './has-etcd.js'

export const describe = vitest.describe.skipIf(!hasEtcd)
export const test = vitest.test.skipIf(!hasEtcd)
export const it = test
