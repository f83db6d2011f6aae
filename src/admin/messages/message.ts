/**
 * A sentence for people, as an id and its parameters: the words are in one catalogue per language, whatever is passed to
 * machines stays the same in every language.
 *
 * A catalogue's text names its parameters in braces (`node {node} does not answer`); the compiler checks that a message has
 * just those. A list is written with commas, nothing as a dash; a word that depends on a number as `{count|partition|partitions}`.
 */
import {english} from './english.js'

export type MessageId = keyof typeof english
export type Plain = string | number | bigint | boolean | null | readonly (string | number)[]

type ParametersIn<Text extends string> = Text extends `${string}{${infer Place}}${infer Rest}`
  ? NameIn<Place> | ParametersIn<Rest>
  : never
type NameIn<Place extends string> = Place extends `${infer Name}|${string}` ? Name : Place
export type ParametersOf<Id extends MessageId> = Readonly<Record<ParametersIn<(typeof english)[Id]>, Plain>>

export interface Message {
  readonly id: MessageId
  readonly parameters: Readonly<Record<string, Plain>>
}

/** Every id that `english` has, with the same parameters. */
export type Catalogue = Readonly<Record<MessageId, string>>

export function say<Id extends MessageId>(
  id: Id,
  ...[parameters]: keyof ParametersOf<Id> extends never ? [] : [ParametersOf<Id>]
): Message {
  return {id, parameters: parameters ?? {}}
}

export function textOf({id, parameters}: Message, catalogue: Catalogue = english): string {
  return catalogue[id].replaceAll(place, (_, name: string, one?: string, many?: string) => {
    const value = parameters[name] ?? null
    if (one === undefined || many === undefined) return plainText(value)
    return String(value) === '1' ? one : many
  })
}

const place = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g

export function plainText(value: Plain): string {
  if (value === null) return '–'
  return Array.isArray(value) ? (value.length === 0 ? '–' : value.join(', ')) : String(value)
}
