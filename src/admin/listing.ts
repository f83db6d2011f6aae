/**
 * What operators do with a cluster: one function for each action, called by commands, the REPL and tests alike. It takes the narrowest
 * part of a session that it needs, prints nothing, and returns rows with their source.
 *
 * - To look is to read: the metadata alone (`meta/`, `nodes/list-nodes.ts`, `partitions/list-partitions.ts`), or a picture of the whole
 *   cluster, of which `doctor/`, `health/`, `why/` and `plan/` are pure functions.
 * - To change is to propose first; what is approved goes through the one writer, which compares, journals, and then writes.
 *
 * Reading order: this (what an action returns), `session/session.ts` (what it may ask), `contexts/target.ts` (of which cluster),
 * `picture/picture.ts` (what was seen), `changes/proposal.ts` (what is about to change), `messages/message.ts` (in which words); then the
 * folder of whatever the command is about.
 */
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
