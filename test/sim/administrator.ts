/**
 * Makes and removes small spaces beside the clients' work, one after the other, so that creations are cut off wherever a fault
 * finds them.
 *
 * A name whose fate is not known is not used again: what was sent may yet arrive.
 */
import {errorCodes} from '../../src/errors/codes.js'
import type {AdminCall} from './observation.js'
import type {Prng} from './prng.js'

/** The answer's code; null where there was none. */
export type AdminAsk = (verb: AdminCall['verb'], name: string) => Promise<number | null>

/** Codes of answers that say that nothing was done. */
const refused: readonly number[] = [
  errorCodes.SPACE_EXIST,
  errorCodes.SPACE_NOT_EXIST,
  errorCodes.DB_NOT_EXIST,
  errorCodes.PARAM_ERROR,
].map(({code}) => code)

/** Spaces at once: a server has other work. */
const spacesMax = 2

export class Administrator {
  readonly calls: AdminCall[] = []
  readonly #there: string[] = []
  #names = 0
  #isBusy = false

  constructor(private readonly ask: AdminAsk) {}

  /** Does one thing, unless the last is not done yet. */
  async act(random: Prng): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const isFull = this.#there.length === spacesMax
    const oldest = isFull || random.chance(0.5) ? this.#there.shift() : undefined
    if (oldest === undefined) await this.#create(`temp${++this.#names}`)
    else await this.#call('delete', oldest)
    this.#isBusy = false
  }

  async #create(name: string): Promise<void> {
    if ((await this.#call('create', name)) === 'ok') this.#there.push(name)
  }

  async #call(verb: AdminCall['verb'], name: string): Promise<AdminCall['outcome']> {
    const code = await this.ask(verb, name)
    const outcome = code === 0 ? 'ok' : code !== null && refused.includes(code) ? 'rejected' : 'unknown'
    this.calls.push({verb, name, outcome})
    return outcome
  }
}
