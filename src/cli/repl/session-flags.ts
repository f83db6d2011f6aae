/**
 * What the session adds to each of its lines: the flags that it was started with, and what `.use`, `.set` and `.read-only` make of them.
 */
import type {Contexts} from '../../admin/contexts/contexts.js'
import type {Target} from '../../admin/contexts/target.js'
import type {CarriedFlags} from '../carried-flags.js'
import {globalFlags} from '../global-flags.js'
import {parse} from '../parameters/parse.js'
import {targetOf} from '../target-flags.js'

export class SessionFlags {
  constructor(
    private current: CarriedFlags,
    private readonly contexts: Contexts,
  ) {}

  get all(): CarriedFlags {
    return this.current
  }

  /** Where a line without flags would go. Errors: NOT_FOUND, CONFIG_ERROR. */
  target(): Promise<Target> {
    return this.#targetWith(this.current)
  }

  /** Another context for this session; '' for the one that all sessions use. Errors: NOT_FOUND, CONFIG_ERROR; then all stays as it is. */
  async use(context: string): Promise<void> {
    const others = [...this.current].filter(([name]) => groupOf(name) !== 'TARGET')
    await this.#change(new Map(context === '' ? others : [...others, ['context', [`--context=${context}`]]]))
  }

  /** `NAME VALUE`; without a value it is no longer set. Errors: USAGE; then all stays as it is. */
  async set(name: string, value: string): Promise<void> {
    const changed = new Map(this.current)
    changed.delete(name)
    const isSwitch = Object.entries(globalFlags).some(([each, {type}]) => each === name && type === 'boolean')
    if (value !== '' && value !== 'off') changed.set(name, [isSwitch ? `--${name}` : `--${name}=${value}`])
    await this.#change(changed)
  }

  async #change(changed: CarriedFlags): Promise<void> {
    await this.#targetWith(changed)
    this.current = changed
  }

  async #targetWith(flags: CarriedFlags): Promise<Target> {
    const words = [...flags.values()].flat()
    const {flags: globals, typed} = await parse(words, {flags: globalFlags, args: {}, strict: true})
    return targetOf(globals as Parameters<typeof targetOf>[0], typed, this.contexts)
  }
}

function groupOf(name: string): string | undefined {
  return Object.entries(globalFlags).find(([each]) => each === name)?.[1].helpGroup
}
