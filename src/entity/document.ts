/**
 * A document, and what a client may do to it.
 *
 * Field values inside the cluster: integer, float, double -> number; long, date (nanoseconds) -> bigint; string ->
 * string; string array -> string[]. Vectors are Float32Array, already normalised where the field asks for it.
 */
export type FieldValue = number | bigint | string | readonly string[]

export interface Document {
  readonly id: string
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly vectors: Readonly<Record<string, Float32Array>>
}

/** A document as an engine holds it: every field present, and the id by which a partition orders its documents. */
export interface StoredDocument extends Document {
  /** Dense, from 0, in the order of insertion, never reused; an update keeps it. */
  readonly docid: number
}

/** A condition on one indexed scalar field. Range operators take a number or bigint, term operators strings. */
export type Condition =
  | {
      readonly field: string
      readonly operator: '<' | '<=' | '>' | '>=' | '=' | '!='
      readonly value: number | bigint
    }
  | {readonly field: string; readonly operator: 'IN' | 'NOT IN'; readonly value: readonly string[]}

/** Vearch's filter: one level, all conditions joined by one operator; at least one condition. */
export interface Filter {
  readonly operator: 'AND' | 'OR'
  readonly conditions: readonly Condition[]
}
