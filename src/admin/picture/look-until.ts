import type {Session} from '../session/session.js'
import {look} from './look.js'
import type {ClusterPicture} from './picture.js'

const looksMax = 20
const everyMs = 500

/**
 * Looks until it is so: what has just changed takes a moment until every source tells it, and one late answer is no silence. Returns the
 * last picture, whether it is so or not.
 */
export async function lookUntil(
  session: Session,
  holds: (picture: ClusterPicture) => boolean,
): Promise<ClusterPicture> {
  for (let looks = 1; ; looks++) {
    const picture = await look(session)
    if (looks === looksMax || holds(picture)) return picture
    await session.env.clock.sleep(everyMs, session.signal)
  }
}
