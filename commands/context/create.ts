import type {ContextField} from '../../src/admin/contexts/contexts.js'
import {BaseCommand} from '../../src/cli/base-command.js'
import {contextFieldView} from '../../src/cli/context-view.js'
import {string} from '../../src/cli/parameters/args.js'
import {boolean} from '../../src/cli/parameters/flags.js'
import {type Result, shown} from '../../src/cli/view.js'

export default class ContextCreate extends BaseCommand<typeof ContextCreate> {
  static override summary = 'Write down what the flags say of a cluster, under a name.'
  static override description = 'Nothing is asked of the cluster: see context test.'
  static override examples = [
    '<%= config.bin %> context create prod --etcd 10.0.0.1:2370,10.0.0.2:2370 --cluster vearch --protected',
    '<%= config.bin %> context create dev --conf ./config.toml',
  ]
  static override args = {name: string({description: 'letters, digits, - and _', required: true})}
  static override flags = {
    protected: boolean({description: 'what destroys will need the cluster’s name typed'}),
  }

  async run(): Promise<Result<ContextField>> {
    const {name} = this.args
    await this.contexts.create(name, {...this.typedContext(), ...(this.flags.protected ? {protected: true} : {})})
    this.sayIfOnlyPlanned()
    return shown(await this.contexts.show(name), contextFieldView)
  }
}
