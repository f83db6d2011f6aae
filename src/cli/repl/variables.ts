/**
 * What lines leave behind for later lines: `$_` and `$1` the last result, `$2` to `$9` those before it, and what was given a name.
 *
 * A result in a command's words stands for the names of its rows (`partitions show $_`); with a path behind it, for the values of
 * that field (`$_.leader`, `$_[0].replicas`). A field of a list is the list of its items' fields.
 */
import {nearestName} from '../../config/nearest.js'
import {CodedError} from '../../errors/coded-error.js'
import {evaluate, parseExpression} from '../expression.js'
import type {Shown} from './repl-host.js'
import {resultOf, valueText} from './rows-view.js'

const lastMax = 9

export class Variables {
  readonly #named = new Map<string, Shown>()
  #last: readonly Shown[] = []

  get names(): readonly string[] {
    return [
      ...(this.#last.length > 0 ? ['_'] : []),
      ...this.#last.map((_, index) => String(index + 1)),
      ...this.#named.keys(),
    ]
  }

  get last(): Shown | null {
    return this.#last[0] ?? null
  }

  remember(shown: Shown): void {
    this.#last = [shown, ...this.#last].slice(0, lastMax)
  }

  /** Errors: USAGE for a name that is kept for results. */
  set(name: string, shown: Shown): void {
    if (/^(?:_|\d+)$/.test(name)) throw new CodedError('USAGE', `$${name} is the name of a last result`)
    this.#named.set(name, shown)
  }

  /** Errors: NOT_FOUND. */
  get(name: string): Shown {
    const at = name === '_' ? 0 : /^[1-9]$/.test(name) ? Number(name) - 1 : null
    const found = at === null ? this.#named.get(name) : this.#last[at]
    if (found !== undefined) return found
    const nearest = nearestName(name, this.names)
    const hint =
      nearest === null ? `there are: ${this.names.map((each) => `$${each}`).join(' ')}` : `did you mean $${nearest}?`
    throw new CodedError('NOT_FOUND', `there is no $${name}`, this.names.length === 0 ? {} : {hint})
  }

  /** An expression as a result. `like` says how it is shown where it is not a whole variable. Errors: USAGE, NOT_FOUND. */
  value(text: string, like: Shown['options']): Shown {
    if (/^\$\w+$/.test(text)) return this.get(text.slice(1))
    const value = this.evaluate(text)
    return {result: resultOf(Array.isArray(value) ? value : [value]), options: like}
  }

  evaluate(text: string): unknown {
    const expression = parseExpression(text)
    const rows = (name: string) => {
      if (!name.startsWith('$')) throw new CodedError('USAGE', `${name} is no value`, {hint: `"${name}" or $${name}`})
      return this.get(name.slice(1)).result.rows
    }
    if (expression.type !== 'path') return evaluate(expression, rows)
    const [root = '', ...steps] = expression.steps
    return steps.reduce(step, rows(String(root)))
  }

  /** One text for each value that `$name.field` stands for. */
  readonly expand = (reference: string): readonly string[] => {
    if (/^\$\w+$/.test(reference)) {
      const {rows, view} = this.get(reference.slice(1)).result
      return rows.map((row) => view.name(row))
    }
    const value = this.evaluate(reference)
    return (Array.isArray(value) ? value : [value]).map(valueText)
  }
}

function step(value: unknown, by: string | number): unknown {
  if (Array.isArray(value) && typeof by === 'string' && by !== 'length')
    return value.flatMap((item) => step(item, by) ?? [])
  return evaluate({type: 'path', steps: ['it', by]}, () => value)
}
