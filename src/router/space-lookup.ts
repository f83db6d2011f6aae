/**
 * From the names in a request to the space.
 *
 * A space of the request's database wins over an alias of that name. An alias counts in its own database only, or where the
 * request names no database: one that merely has the same name elsewhere never shadows or redirects (Vearch's does, B21
 * and W-22).
 *
 * The view may be a moment behind. What it does not know is therefore asked again after it has caught up with the store's
 * revision of now (B5): a space that was created before the request came is always found.
 */
import type {RequestContext} from '../entity/request.js'
import type {Space} from '../entity/space.js'
import type {Clock} from '../env/clock.js'
import {paramError} from '../errors/coded-error.js'
import type {LiveView} from '../meta/live-view.js'

/** The view normally has the revision already; one behind a slow watch is not waited for longer. */
const catchUpMs = 500

export interface SpaceNames {
  readonly dbName: string
  readonly spaceName: string
}

export class SpaceLookup {
  constructor(
    private readonly view: LiveView,
    private readonly clock: Clock,
  ) {}

  /** Throws PARAM_ERROR, with Vearch's text for a database or a space that is not there. */
  async find(names: SpaceNames, context: RequestContext): Promise<Space> {
    const known = this.#lookup(names)
    if (typeof known !== 'string') return known
    await catchUp(this.view, this.clock, context.signal)
    const found = this.#lookup(names)
    if (typeof found !== 'string') return found
    throw paramError(`db:[${names.dbName}] space:[${names.spaceName}] err:[${found}]`)
  }

  #lookup({dbName, spaceName}: SpaceNames): Space | 'db_not_exist' | 'space_not_exist' {
    const direct = this.#named(dbName, spaceName)
    if (typeof direct !== 'string') return direct
    const alias = this.view.aliases.get(spaceName)
    if (alias === undefined || (dbName !== '' && dbName !== alias.db_name)) return direct
    return this.#named(alias.db_name, alias.space_name)
  }

  #named(dbName: string, spaceName: string): Space | 'db_not_exist' | 'space_not_exist' {
    const db = this.view.dbByName(dbName)
    if (db === undefined) return 'db_not_exist'
    return this.view.spaceByName(db.id, spaceName) ?? 'space_not_exist'
  }
}

/**
 * Waits until the view has everything that the store had when this was called, or a moment has passed. A store that cannot
 * be reached leaves the view as it is. Rejects only with the reason of `signal`.
 */
export async function catchUp(view: LiveView, clock: Clock, signal?: AbortSignal): Promise<void> {
  const tooLate = new AbortController()
  const timer = clock.after(catchUpMs, () => tooLate.abort())
  const either = signal === undefined ? tooLate.signal : AbortSignal.any([signal, tooLate.signal])
  try {
    const {revision} = await view.store.transact(
      {then: [{type: 'get', key: view.keys.sequence('space')}]},
      {signal: either, timeoutMs: catchUpMs},
    )
    await view.whenAtLeast(revision, either)
  } catch {
    signal?.throwIfAborted()
  } finally {
    timer.cancel()
  }
}
