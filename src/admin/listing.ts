import type {exitCode} from '../errors/codes.js'

/** What an action found, and where it looked. */
export interface Listing<Row> {
  readonly rows: readonly Row[]
  /** Endpoint and revision; null where the rows come from no cluster. */
  readonly source: string | null
  /** What is missing from the rows, or doubtful in them, and why. */
  readonly warnings: readonly string[]
  /** How the command ends; without it, `partial` if there are warnings, else `ok`. */
  readonly exit?: keyof typeof exitCode
}
