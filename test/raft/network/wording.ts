/** Messages and bundles in a script's words. */
import type {NodeId} from '../../../src/entity/ids.js'
import type {Entry} from '../../../src/raft/entry.js'
import type {Message} from '../../../src/raft/message.js'
import type {Ready} from '../../../src/raft/ready.js'
import {entryText, membershipText} from './node.js'

/** `term/index text` of each. */
export function entriesText(entries: readonly Entry[]): string {
  return `[${entries.map((entry) => `${entry.term}/${entry.index} ${entryText(entry)}`).join(', ')}]`
}

export function messageText(message: Message): string {
  return `${message.from}→${message.to} ${message.type} t${message.term}${detail(message)}`
}

export function bundleLines(id: NodeId, bundle: Ready): string[] {
  const {hardState, entries, snapshot, messages, committed, memberships, reads, softState} = bundle
  const lines: string[] = []
  if (softState !== null)
    lines.push(`is ${softState.role} of term ${softState.term}, leader ${softState.leader ?? '-'}`)
  if (hardState !== null)
    lines.push(`writes term ${hardState.term} vote ${hardState.vote ?? '-'} commit ${hardState.commit}`)
  if (snapshot !== null)
    lines.push(`installs ${snapshot.term}/${snapshot.index} (${membershipText(snapshot.membership)})`)
  if (entries.length > 0) lines.push(`appends ${entriesText(entries)}`)
  if (committed.length > 0) lines.push(`applies ${entriesText(committed)}`)
  for (const {index, membership} of memberships) lines.push(`members from ${index}: ${membershipText(membership)}`)
  for (const {context, index} of reads) lines.push(`may read ${context} at ${index}`)
  for (const {from, to} of bundle.entriesWanted) lines.push(`wants entries ${from} to ${to - 1}`)
  if (bundle.snapshotWanted) lines.push('wants a snapshot')
  return [...lines.map((line) => `${id} ${line}`), ...messages.map(messageText)]
}

function detail(message: Message): string {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      return ` last ${message.lastTerm}/${message.lastIndex}${message.isTransfer ? ' transfer' : ''}`
    case 'vote-reply':
    case 'pre-vote-reply':
      return message.isGranted ? ' granted' : ' refused'
    case 'append':
      return ` after ${message.previousTerm}/${message.previousIndex} ${entriesText(message.entries)} commit ${message.commit}`
    case 'append-accepted':
      return ` ${message.index}`
    case 'append-rejected':
      return ` ${message.index} hint ${message.hintTerm}/${message.hintIndex}`
    case 'heartbeat':
      return ` commit ${message.commit} round ${message.round}`
    case 'heartbeat-reply':
      return ` round ${message.round}`
    case 'snapshot':
      return ` ${message.snapshot.term}/${message.snapshot.index} (${membershipText(message.snapshot.membership)})`
    case 'read-index':
      return ` ${message.context}`
    case 'read-index-reply':
      return ` ${message.context} at ${message.index}`
    case 'timeout-now':
      return ''
  }
}
