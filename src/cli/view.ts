/**
 * How a command's rows are shown. Commands return rows as data; a view only says which columns a person sees.
 */
export type Tone = 'good' | 'uncertain' | 'bad'

export interface Column<Row> {
  get(row: Row): unknown
  /** Left out of the plain table; there with `-o wide` and when it is asked for. */
  readonly wide?: boolean
  /** A colour, which never says more than the text does. */
  tone?(row: Row): Tone | null
}

export interface View<Row> {
  readonly columns: Readonly<Record<string, Column<Row>>>
  /** What `-q` prints. */
  name(row: Row): string
}
