/** Any JSON, and changes of it: few names and few values, so that two of them often meet. */
import fc from 'fast-check'

const name = fc.constantFrom('a', 'b', 'id', 'name', 'constructor', '__proto__')
const scalar = fc.oneof(
  fc.nat(3),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('', 'x', 'y', 'null', '1', '<<<<<<< yours'),
  fc.constant(2n ** 60n),
)

const {value, object} = fc.letrec<{value: unknown; object: Record<string, unknown>}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3},
    {weight: 3, arbitrary: scalar},
    {weight: 1, arbitrary: fc.array(tie('value'), {maxLength: 3})},
    {weight: 2, arbitrary: tie('object')},
  ),
  object: fc.dictionary(name, tie('value'), {maxKeys: 4, noNullPrototype: true}),
}))

export const anyJson = value
export const anyObject = object

export interface Edit {
  readonly field: string
  /** Undefined takes the field away. */
  readonly value: unknown
}

export const anyEdits = fc.array(
  fc.record({
    field: name,
    value: fc.oneof({weight: 3, arbitrary: value}, {weight: 1, arbitrary: fc.constant(undefined)}),
  }),
  {maxLength: 2},
)

export function edited(of: Readonly<Record<string, unknown>>, edits: readonly Edit[]): Record<string, unknown> {
  const fields = new Map(Object.entries(of))
  for (const {field, value: becomes} of edits) {
    if (becomes === undefined) fields.delete(field)
    else fields.set(field, becomes)
  }
  return Object.fromEntries(fields)
}
