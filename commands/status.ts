import {healthExit} from '../src/admin/health/health.js'
import {type StatusCard, statusCard} from '../src/admin/health/status-card.js'
import {look} from '../src/admin/picture/look.js'
import {BaseCommand} from '../src/cli/base-command.js'
import {statusText, statusView} from '../src/cli/health-view.js'
import type {Result} from '../src/cli/view.js'
import {exitNameOf} from '../src/errors/codes.js'

export default class Status extends BaseCommand<typeof Status> {
  static override summary = 'Show the cluster on one card.'
  static override description =
    'Masters, metadata, servers, spaces, partitions by state, and why it is not well if it is not. The exit code is that of health.'
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --snapshot prod.db']

  async run(): Promise<Result<StatusCard>> {
    const card = statusCard(await look(this.session))
    const text = statusText(card, await this.catalogue())
    const exit = exitNameOf(healthExit[card.health.word])
    return {rows: [card], source: null, warnings: [], view: statusView, text, exit}
  }
}
