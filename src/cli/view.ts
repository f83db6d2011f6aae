/**
 * How a command's rows are shown. Commands return rows as data; a view only says which columns a person sees.
 */
import type {Listing} from '../admin/listing.js'

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

/** What a command's `run` returns: the rows, and how they are shown. The base class, or the REPL, shows them. */
export interface Result<Row> extends Listing<Row> {
  readonly view: View<Row>
  /** What a person reads instead of a table, where nothing is asked of the table. */
  readonly text?: string
  /** The rows were shown as they came. */
  readonly isShown?: boolean
  /** What goes on after the rows are shown: a role that serves until a signal ends it. */
  afterwards?(): Promise<void>
}

export function shown<Row>(listing: Listing<Row>, view: View<Row>): Result<Row> {
  return {...listing, view}
}

/** The same, with columns in the plain table that are left out of it otherwise. */
export function withColumns<Row>(view: View<Row>, names: readonly string[]): View<Row> {
  const columns = Object.entries(view.columns).map(
    ([name, column]) => [name, names.includes(name) ? {...column, wide: false} : column] as const,
  )
  return {...view, columns: Object.fromEntries(columns)}
}
