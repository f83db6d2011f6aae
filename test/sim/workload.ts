/** A search of a client: what it asked, what it was told, and when. */
export interface SearchCall {
  readonly client: string
}
