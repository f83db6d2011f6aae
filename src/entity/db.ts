import type {DbId} from './ids.js'

/** A database: a namespace of spaces. Stored at `P/db/body/<id>`, with its name and id indexed beside it. */
export interface Db {
  readonly id: DbId
  readonly name: string
  /** Host IPs reserved for this database; absent when any server that is not private may serve it. */
  readonly ps?: readonly string[]
}
