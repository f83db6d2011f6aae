import {CodedError} from '../../errors/coded-error.js'
import {emptyOutline, type Outline, pushEntry} from '../../raft/outline.js'
import type {GroupLog} from '../log.js'
import {decodeEntry} from './entry-payload.js'

/**
 * What a core must know of the log that it starts with. Terms are known to the log; what changes the membership after the
 * applied index is found by reading. Errors: DATA_CORRUPT where log and state do not meet.
 */
export async function outlineOf(log: GroupLog, appliedIndex: number): Promise<Outline> {
  const {group, firstIndex, lastIndex} = log
  // A log that ends before the state was lost, and with it the votes that this node gave.
  if (appliedIndex + 1 < firstIndex || appliedIndex > lastIndex) {
    const detail = `partition ${group} holds entries ${firstIndex} to ${lastIndex}, its state is at ${appliedIndex}`
    throw new CodedError('DATA_CORRUPT', detail)
  }
  const outline = emptyOutline(firstIndex - 1, log.term(firstIndex - 1) ?? 0)
  for (let index = firstIndex; index <= appliedIndex; index++) {
    pushEntry(outline, {index, term: log.term(index) ?? 0, kind: 'command'})
  }
  if (appliedIndex === lastIndex) return outline
  for await (const entry of log.read(appliedIndex + 1)) pushEntry(outline, decodeEntry(entry))
  return outline
}
