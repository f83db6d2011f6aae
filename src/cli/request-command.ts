import type {ProposedStep} from '../admin/changes/proposal.js'
import type {MasterRequest, RequestRow} from '../admin/entities/master-request.js'
import {BaseCommand} from './base-command.js'
import type {Parameters} from './parameters/parse.js'
import {type Result, shown, type View} from './view.js'

/** A command whose change a master makes. */
export abstract class RequestCommand<C extends Parameters> extends BaseCommand<C> {
  /** Shows what is going to be asked, asks the person, then the master. */
  protected async ask(...requests: readonly MasterRequest[]): Promise<Result<RequestRow> | Result<ProposedStep>> {
    const {requestPlan, sendRequests} = await import('../admin/entities/master-request.js')
    return this.carryOut(requestPlan(requests), async (writer) =>
      shown(await sendRequests(this.session, writer, requests), requestView),
    )
  }
}

const requestView: View<RequestRow> = {
  name: ({txn}) => txn,
  columns: {
    done: {get: ({done}) => done},
    master: {get: ({master}) => master},
    txn: {get: ({txn}) => txn},
    answer: {get: ({answer}) => answer, wide: true},
  },
}
