/**
 * Changes to a legal history that make it illegal whatever the order, each with the argument why. All change the answer
 * of one get, which then names no position.
 */
import type {SeededRandom} from '../harness/random.js'
import {type History, isBefore, keyText, type Operation} from './history.js'

export interface Corruption {
  readonly name: string
  /** The answers that this get must not have had. */
  readonly answers: (read: Operation, others: readonly Operation[]) => readonly (string | null)[]
}

export const corruptions: readonly Corruption[] = [
  {
    name: 'a value that was never written',
    answers: () => ['never'],
  },
  {
    name: 'the value of a rejected upsert',
    answers: (_, others) => others.filter(({outcome}) => outcome === 'rejected').flatMap(upserted),
  },
  {
    // Only the upsert writes the value, and it was replaced for good before the get began.
    name: 'a value that was replaced before',
    answers: (read, others) => {
      const replacing = others.filter((write) => write.kind !== 'get' && isBefore(write, read))
      return others.filter((old) => replacing.some((write) => isBefore(old, write))).flatMap(upserted)
    },
  },
  {
    // Something was there before the get began, and no delete can have come between.
    name: 'nothing, though nobody deleted it',
    answers: (read, others) => {
      const deletes = others.filter(({kind, outcome}) => kind === 'delete' && outcome !== 'rejected')
      const isSafe = (write: Operation) =>
        deletes.every((last) => isBefore(last, write) || last.invokedAt > (read.returnedAt ?? 0))
      const isThere = (write: Operation) => write.kind === 'upsert' && isBefore(write, read) && isSafe(write)
      return others.some(isThere) ? [null] : []
    },
  },
  {
    name: 'a value from the future',
    answers: (read, others) => others.filter((write) => isBefore(read, write)).flatMap(upserted),
  },
  {
    // An earlier get found the newer value, so the older one was replaced by then.
    name: 'a value older than one that was found before',
    answers: (read, others) => {
      const found = new Set(others.filter((get) => get.kind === 'get' && isBefore(get, read)).map(({value}) => value))
      const newer = others.filter(({kind, value}) => kind === 'upsert' && found.has(value))
      return others.filter((old) => newer.some((write) => isBefore(old, write))).flatMap(upserted)
    },
  },
]

export interface Corrupted {
  readonly name: string
  readonly history: History
}

/** One corruption of one get at random; null if none applies, as when there is no get that was answered. */
export function corrupt(random: SeededRandom, history: History): Corrupted | null {
  const reads = history.filter(({kind, outcome}) => kind === 'get' && outcome === 'ok')
  for (const {name, answers} of shuffled(random, corruptions)) {
    for (const read of shuffled(random, reads)) {
      const others = history.filter((other) => other !== read && keyText(other.key) === keyText(read.key))
      const choices = answers(read, others).filter((value) => value !== read.value)
      if (choices.length === 0) continue
      const wrong: Operation = {...read, value: random.pick(choices), position: null}
      return {name, history: history.map((operation) => (operation === read ? wrong : operation))}
    }
  }
  return null
}

function upserted({kind, value}: Operation): string[] {
  return kind === 'upsert' && value !== null ? [value] : []
}

function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  return items
    .map((item) => ({item, rank: random.next()}))
    .sort((a, b) => a.rank - b.rank)
    .map(({item}) => item)
}
