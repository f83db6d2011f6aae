import type {Belief} from '../../src/admin/meta/record-change.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {changedView} from '../../src/cli/change-view.js'
import {contentOf} from '../../src/cli/content.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean, integer, string as text} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'
import {leaseId} from '../../src/meta/store.js'

export default class MetaPut extends BaseCommand<typeof MetaPut> {
  static override summary = 'Write the record at one key.'
  static override description =
    `Say what you believe is there now; otherwise it needs --force=blind. A value that its key does not allow needs --force=schema. What it replaces is in the journal: see meta undo.`
  static override examples = [
    '<%= config.bin %> meta put partition/7 @partition.json --if-rev 88',
    '<%= config.bin %> meta put id/partition 90 --if-value 77',
    '<%= config.bin %> meta put alias/pics \'{"name":"pics","db_name":"web","space_name":"images"}\' --if-absent --dry-run',
  ]
  static override args = {
    key: string({description: 'one that does not begin with / is within the cluster', required: true}),
    value: string({description: 'the value, @FILE, or - for stdin', default: '-'}),
  }
  static override flags = {
    'if-rev': integer({
      description: 'only if its last change was this revision',
      min: 1,
      exclusive: ['if-absent', 'if-value'],
    }),
    'if-absent': boolean({description: 'only if there is no such key', exclusive: ['if-value']}),
    'if-value': text({description: 'only if this is its value; @FILE for that of a file', helpValue: 'VALUE'}),
    lease: text({description: 'put it under this lease; else it keeps the one it has', helpValue: 'ID'}),
  }

  async run(): Promise<Result<unknown>> {
    const {preparePut, applyChange} = await import('../../src/admin/meta/record-change.js')
    const {key, value = '-'} = this.args
    const {lease} = this.flags
    const prepared = await preparePut(await this.session.reading(), {
      key,
      value: await this.session.whileAsking(() => contentOf(value, this.env.disk)),
      belief: await this.#belief(),
      lease: lease === undefined ? null : leaseId(lease),
    })
    return this.carryOut(prepared.plan, async (writer) => shown(await applyChange(writer, prepared), changedView))
  }

  async #belief(): Promise<Belief | null> {
    const {'if-rev': revision, 'if-absent': absent, 'if-value': value} = this.flags
    if (revision !== undefined) return {is: 'revision', revision}
    if (value !== undefined) return {is: 'value', value: await contentOf(value, this.env.disk)}
    return absent ? {is: 'absent'} : null
  }
}
