import {errorCodes} from '../../src/errors/codes.js'
import {spaceRequest} from './document.js'
import type {AdminCall} from './observation.js'
import type {Prng} from './prng.js'

/** A master's answer to a request: the code of its envelope, or null where none came. */
export type AskMaster = (method: 'POST' | 'DELETE', path: string, body: string, random: Prng) => Promise<number | null>

/** Told for certain that nothing was done. */
const refusals: readonly number[] = [errorCodes.SPACE_EXIST.code, errorCodes.SPACE_NOT_EXIST.code]
const name = 'extra'

/** An operator who creates and deletes one more space over and over, each time after the last answer. */
export class Administrator {
  readonly calls: AdminCall[] = []
  #isBusy = false

  constructor(
    private readonly db: string,
    private readonly replicas: number,
    private readonly ask: AskMaster,
  ) {}

  async act(random: Prng): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    const verb = random.pick(['create', 'create', 'delete'] as const)
    const spaces = `/dbs/${this.db}/spaces`
    const code =
      verb === 'create'
        ? await this.ask(
            'POST',
            spaces,
            JSON.stringify(spaceRequest(name, random.between(1, 2), this.replicas)),
            random,
          )
        : await this.ask('DELETE', `${spaces}/${name}`, '', random)
    this.calls.push({verb, name, outcome: code === 0 ? 'ok' : refusals.includes(code ?? 0) ? 'rejected' : 'unknown'})
    this.#isBusy = false
  }
}
