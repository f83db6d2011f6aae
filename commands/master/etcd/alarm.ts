import {disarm, disarmPlan} from '../../../src/admin/masters/etcd-space.js'
import {BaseCommand} from '../../../src/cli/base-command.js'
import {alarmView} from '../../../src/cli/etcd-view.js'
import {boolean} from '../../../src/cli/parameters/flags.js'

export default class MasterEtcdAlarm extends BaseCommand<typeof MasterEtcdAlarm> {
  static override summary = 'List the alarms of etcd, or take them back.'
  static override description =
    'NOSPACE: etcd is full and refuses every write. Make room first, with master etcd compact and defrag, then --disarm. CORRUPT: its members differ; restore one from the others before. Exit code 10 while there is any.'
  static override examples = ['<%= config.bin %> master etcd alarm', '<%= config.bin %> master etcd alarm --disarm']
  static override flags = {disarm: boolean({description: 'take them back'})}

  async run() {
    const etcd = await this.session.upkeep()
    const options = {signal: this.session.signal}
    const alarms = await etcd.alarms(options)
    const source = `etcd ${etcd.endpoints.join(',')}`
    const exit = alarms.length > 0 ? 'degraded' : 'ok'
    if (!this.flags.disarm || alarms.length === 0)
      return {rows: alarms, source, warnings: [], view: alarmView, exit} as const
    return this.carryOut(disarmPlan(alarms), async (writer) => {
      await disarm(etcd, writer, alarms, options)
      return {rows: alarms, source, warnings: [], view: alarmView}
    })
  }
}
