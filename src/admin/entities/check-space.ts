import type {SpaceRequest} from '../../entity/space-request.js'
import {CodedError} from '../../errors/coded-error.js'
import {spaceRequest} from '../../http/routes/master-bodies.js'
import type {Listing} from '../listing.js'
import {say} from '../messages/message.js'
import {look} from '../picture/look.js'
import {placeOf} from '../picture/picture.js'
import type {Session} from '../session/session.js'
import {type CreationRow, checkCreation, isCreatable} from './creation-check.js'
import {createSpace} from './requests.js'
import type {SpaceName} from './space-row.js'

/** Asks everybody but changes nothing; exit `guardFailed` where it would be refused or kept waiting. Errors: USAGE, as `createSpace`. */
export async function checkSpace(session: Session, name: SpaceName, text: string): Promise<Listing<CreationRow>> {
  const {body} = createSpace(name, text)
  const picture = await look(session)
  const {request, fault} = understood(body, name)
  const rows = checkCreation(picture, name, request).map(
    (row): CreationRow =>
      row.check === 'schema' && fault !== null
        ? {...row, verdict: 'refused', detail: say('creation.schema', {fault})}
        : row,
  )
  return {rows, source: placeOf(picture), warnings: [], exit: isCreatable(rows) ? 'ok' : 'guardFailed'}
}

/** As a master binds it: what has a field of another type is refused before anything else is looked at. */
function understood(body: unknown, {space}: SpaceName): {request: SpaceRequest; fault: string | null} {
  try {
    return {request: spaceRequest(body), fault: null}
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    return {request: {name: space, fields: null}, fault: thrown.detail}
  }
}
