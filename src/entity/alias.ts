/** Another name for a space. Stored at `P/alias/<name>`. */
export interface Alias {
  readonly name: string
  readonly db_name: string
  readonly space_name: string
}
