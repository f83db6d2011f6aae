/** What an action found, and where it looked. */
export interface Listing<Row> {
  readonly rows: readonly Row[]
  /** Endpoint and revision; null where the rows come from no cluster. */
  readonly source: string | null
  /** What is missing from the rows, and why: they are not the whole answer. */
  readonly problems: readonly string[]
}
