/** A fact, and the facts that it follows from: a tree, with its evidence at every node. */
import type {Evidence} from '../doctor/finding.js'
import type {Message} from '../messages/message.js'

export interface Cause {
  readonly message: Message
  readonly evidence: readonly Evidence[]
  readonly because: readonly Cause[]
  /** What to do about it; null where there is nothing, or a cause below says it. */
  readonly next: string | null
}

export function cause(message: Message, parts: Partial<Omit<Cause, 'message'>> = {}): Cause {
  return {message, evidence: [], because: [], next: null, ...parts}
}
