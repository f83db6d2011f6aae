import type {TestedPart} from '../../src/admin/contexts/test-target.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {testedView} from '../../src/cli/context-view.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextTest extends BaseCommand<typeof ContextTest> {
  static override summary = 'Ask metadata and masters of the target whether they answer, and as whom.'
  static override examples = [
    '<%= config.bin %> context test',
    '<%= config.bin %> context test --context prod',
    '<%= config.bin %> context test --etcd 10.0.0.1:2370 --cluster vearch --master 10.0.0.1:8817',
  ]

  async run(): Promise<Result<TestedPart>> {
    const {testTarget} = await import('../../src/admin/contexts/test-target.js')
    return shown(await testTarget(this.session), testedView)
  }
}
