import {BaseCommand} from '../src/cli/base-command.js'
import {shellScripts, shells} from '../src/cli/completion/shell-scripts.js'
import {write} from '../src/cli/output.js'
import {string} from '../src/cli/parameters/args.js'
import {resultOf} from '../src/cli/repl/rows-view.js'
import type {Result} from '../src/cli/view.js'
import {CodedError} from '../src/errors/coded-error.js'

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'Print what makes a shell complete commands, flags, and ids and names of the cluster.'
  static override description = `bash: in ~/.bashrc, source <(vearchctl completion bash)

zsh: in ~/.zshrc, source <(vearchctl completion zsh)

fish: vearchctl completion fish > ~/.config/fish/completions/vearchctl.fish

pwsh: in $PROFILE, vearchctl completion pwsh | Out-String | Invoke-Expression`
  static override examples = ['<%= config.bin %> completion bash', 'source <(<%= config.bin %> completion bash)']
  static override args = {shell: string({description: 'which shell', options: [...shells], required: true})}

  async run(): Promise<Result<unknown>> {
    const shell = shells.find((name) => name === this.args.shell)
    if (shell === undefined) throw new CodedError('USAGE', `there is no completion for ${this.args.shell}`)
    const script = shellScripts[shell]
    const result = resultOf([{shell, script}])
    if (this.globals.json) return result
    await write(script)
    return {...result, isShown: true}
  }
}
