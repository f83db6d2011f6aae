import {assignments, createRole} from '../../src/admin/entities/requests.js'
import {string} from '../../src/cli/parameters/args.js'
import {string as text} from '../../src/cli/parameters/flags.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class RoleCreate extends RequestCommand<typeof RoleCreate> {
  static override summary = 'Create a role of your own.'
  static override description = 'What it is not granted it has not.'
  static override examples = [
    '<%= config.bin %> role create reader --grant ResourceSpace=ReadOnly --grant ResourceDocument=ReadOnly',
  ]
  static override args = {name: string({description: 'name of the new role', required: true})}
  static override flags = {
    grant: text({description: 'RESOURCE=WriteRead, ReadOnly, WriteOnly or None', multiple: true, required: true}),
  }

  async run(): Promise<Result<unknown>> {
    const granted = Object.entries(assignments(this.flags.grant)).map(([resource, privilege]) => [
      resource,
      String(privilege),
    ])
    return this.ask(createRole(this.args.name, Object.fromEntries(granted)))
  }
}
