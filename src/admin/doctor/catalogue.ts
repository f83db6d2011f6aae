/** Every check, by code. A new one is a file in `checks`, its words in `messages`, and a line here. */
import type {Check} from './check.js'
import {vc101} from './checks/vc101-leaderless.js'
import {vc102} from './checks/vc102-recorded-leader.js'
import {vc103} from './checks/vc103-under-replicated.js'
import {vc104} from './checks/vc104-replica-sets.js'
import {vc105} from './checks/vc105-unregistered.js'
import {vc106} from './checks/vc106-no-space.js'
import {vc107} from './checks/vc107-no-db.js'
import {vc108} from './checks/vc108-db-keys.js'
import {vc109} from './checks/vc109-unknown-to-metadata.js'
import {vc110} from './checks/vc110-next-start-wipes.js'
import {vc111} from './checks/vc111-stale-fail-record.js'
import {vc112} from './checks/vc112-two-addresses.js'
import {vc113} from './checks/vc113-address-changed.js'
import {vc114} from './checks/vc114-sequence-behind.js'
import {vc115} from './checks/vc115-lock-without-holder.js'
import {vc116} from './checks/vc116-dangling-alias.js'
import {vc117} from './checks/vc117-foreign-directory.js'
import {vc118} from './checks/vc118-slots.js'
import {vc119} from './checks/vc119-lag.js'
import {vc120} from './checks/vc120-divergence.js'
import {vc121} from './checks/vc121-anti-affinity.js'
import {vc122} from './checks/vc122-skew.js'
import {vc123} from './checks/vc123-resources.js'
import {vc124} from './checks/vc124-index.js'
import {vc125} from './checks/vc125-store-size.js'
import {vc126} from './checks/vc126-members.js'
import {vc127} from './checks/vc127-clocks.js'
import {vc128} from './checks/vc128-versions.js'
import {vc129} from './checks/vc129-dead-config-key.js'
import {vc130} from './checks/vc130-open-doors.js'
import {vc131} from './checks/vc131-backup-age.js'
import {vc132} from './checks/vc132-partition-count.js'
import {vc133} from './checks/vc133-unreadable-record.js'
import {vc134} from './checks/vc134-silent-server.js'
import {vc135} from './checks/vc135-impostor.js'
import {vc136} from './checks/vc136-two-spaces.js'
import {vc137} from './checks/vc137-damaged-replica.js'

export const catalogue: readonly Check[] = [
  vc101,
  vc102,
  vc103,
  vc104,
  vc105,
  vc106,
  vc107,
  vc108,
  vc109,
  vc110,
  vc111,
  vc112,
  vc113,
  vc114,
  vc115,
  vc116,
  vc117,
  vc118,
  vc119,
  vc120,
  vc121,
  vc122,
  vc123,
  vc124,
  vc125,
  vc126,
  vc127,
  vc128,
  vc129,
  vc130,
  vc131,
  vc132,
  vc133,
  vc134,
  vc135,
  vc136,
  vc137,
]
