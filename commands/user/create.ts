import {createUser} from '../../src/admin/entities/requests.js'
import {newPassword} from '../../src/cli/new-password.js'
import {string} from '../../src/cli/parameters/args.js'
import {string as text} from '../../src/cli/parameters/flags.js'
import {RequestCommand} from '../../src/cli/request-command.js'
import type {Result} from '../../src/cli/view.js'

export default class UserCreate extends RequestCommand<typeof UserCreate> {
  static override summary = 'Create a user with a role.'
  static override description =
    'The password comes from a file or is asked for; never from the command line, where others can read it.'
  static override examples = ['<%= config.bin %> user create ann --role defaultSpaceAdmin --new-password-file ann.txt']
  static override args = {name: string({description: 'name of the new user', required: true})}
  static override flags = {
    role: text({description: 'see role list', required: true, helpValue: 'NAME'}),
    'new-password-file': text({description: 'file with the password of the new user', helpValue: 'FILE'}),
  }

  async run(): Promise<Result<unknown>> {
    const {role, 'new-password-file': file = null} = this.flags
    const {name} = this.args
    const password = await this.session.whileAsking(() =>
      newPassword(name, {file, disk: this.env.disk, words: this.words}),
    )
    return this.ask(createUser(name, role, password))
  }
}
