/**
 * What a partition's log holds, as bytes: u8 version, u8 kind, u16 0, and a body. (Four bytes, so that the floats of a
 * batch stay aligned and are read in place.)
 *
 * The bytes of one command never change meaning: a new layout gets a new version, and what this program does not know
 * stops the replica instead of being skipped. An empty payload is the no-op that a new leader appends.
 */
import type {IndexSpec} from '../entity/field.js'
import {parseJson, stringifyJson} from '../entity/json.js'
import type {Space} from '../entity/space.js'
import {CodedError} from '../errors/coded-error.js'

export type Command =
  | {readonly kind: 'noop'}
  /** A batch from `encodeDocuments`, logged as it came over the wire. */
  | {readonly kind: 'upsert'; readonly documents: Uint8Array}
  | {readonly kind: 'delete'; readonly ids: readonly string[]}
  | {readonly kind: 'updateSpace'; readonly space: Space}
  | {
      readonly kind: 'changeIndexes'
      readonly space: Space
      readonly add: readonly IndexSpec[]
      readonly remove: readonly string[]
    }

const version = 1
const headerBytes = 4
const tags = {upsert: 1, delete: 2, updateSpace: 3, changeIndexes: 4} as const

export function encodeCommand(command: Command): Uint8Array {
  switch (command.kind) {
    case 'noop':
      return new Uint8Array(0)
    case 'upsert':
      return framed(tags.upsert, command.documents)
    case 'delete':
      return framed(tags.delete, json(command.ids))
    case 'updateSpace':
      return framed(tags.updateSpace, json(command.space))
    case 'changeIndexes':
      return framed(tags.changeIndexes, json({space: command.space, add: command.add, remove: command.remove}))
  }
}

/** Throws DATA_CORRUPT: the entry was written by a newer program, or is no command at all. */
export function decodeCommand(payload: Uint8Array): Command {
  if (payload.length === 0) return {kind: 'noop'}
  const [writtenVersion, tag] = payload
  const body = payload.subarray(headerBytes)
  if (writtenVersion !== version) {
    throw new CodedError('DATA_CORRUPT', `log entry of version ${writtenVersion}, this program reads ${version}`)
  }
  switch (tag) {
    case tags.upsert:
      return {kind: 'upsert', documents: body}
    case tags.delete:
      return {kind: 'delete', ids: parsed<readonly string[]>(body)}
    case tags.updateSpace:
      return {kind: 'updateSpace', space: parsed<Space>(body)}
    case tags.changeIndexes:
      return {kind: 'changeIndexes', ...parsed<IndexChange>(body)}
    default:
      throw new CodedError('DATA_CORRUPT', `log entry of unknown kind ${tag}`)
  }
}

type IndexChange = Omit<Extract<Command, {kind: 'changeIndexes'}>, 'kind'>

function framed(tag: number, body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(headerBytes + body.length)
  payload[0] = version
  payload[1] = tag
  payload.set(body, headerBytes)
  return payload
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringifyJson(value))
}

function parsed<T>(body: Uint8Array): T {
  return parseJson(new TextDecoder().decode(body)) as T
}
