/**
 * The log as it should be, in the plainest form: what each group has after the records that were written so far.
 */
import type {HardState, LogEntry, SharedLog} from '../../src/raftstore/log.js'

export type Step =
  | {readonly kind: 'entry'; readonly group: number; readonly entry: LogEntry}
  | {readonly kind: 'cut suffix'; readonly group: number; readonly from: number}
  | {readonly kind: 'cut prefix'; readonly group: number; readonly to: number; readonly term: number}
  | {readonly kind: 'hard state'; readonly group: number; readonly state: HardState}
  | {readonly kind: 'drop'; readonly group: number}

interface Group {
  firstIndex: number
  /** Of the entry before the first. */
  prefixTerm: number
  entries: {index: number; term: number; text: string}[]
  hardState: HardState
}

export class LogModel {
  readonly #groups = new Map<number, Group>()

  apply(step: Step): void {
    const group = this.#group(step.group)
    switch (step.kind) {
      case 'entry': {
        const {index, term, payload} = step.entry
        group.entries.push({index, term, text: Buffer.from(payload).toString('latin1')})
        break
      }
      case 'cut suffix':
        group.entries = group.entries.filter(({index}) => index < step.from)
        break
      case 'cut prefix':
        if (step.to < group.firstIndex) break
        group.prefixTerm = group.entries.find(({index}) => index === step.to)?.term ?? step.term
        group.entries = group.entries.filter(({index}) => index > step.to)
        group.firstIndex = Math.max(group.firstIndex, step.to + 1)
        break
      case 'hard state':
        group.hardState = step.state
        break
      case 'drop':
        this.#groups.delete(step.group)
        break
    }
  }

  firstIndex(group: number): number {
    return this.#group(group).firstIndex
  }

  lastIndex(group: number): number {
    const {entries, firstIndex} = this.#group(group)
    return firstIndex + entries.length - 1
  }

  /** Everything there is to know, as text; a group that never was is like one that was dropped. */
  picture(): string {
    const groups = [...this.#groups].filter(([, {firstIndex, entries, hardState}]) => {
      return firstIndex > 1 || entries.length > 0 || hardState.term > 0
    })
    return JSON.stringify(groups.sort(([a], [b]) => a - b))
  }

  #group(id: number): Group {
    let group = this.#groups.get(id)
    if (group === undefined) {
      group = {firstIndex: 1, prefixTerm: 0, entries: [], hardState: {term: 0, vote: 0, commit: 0}}
      this.#groups.set(id, group)
    }
    return group
  }
}

/** The picture of a real log. */
export async function pictureOf(log: SharedLog): Promise<string> {
  const model = new LogModel()
  for (const id of log.groups()) {
    const group = log.group(id)
    const to = group.firstIndex - 1
    model.apply({kind: 'cut prefix', group: id, to, term: group.term(to) ?? -1})
    for await (const entry of group.read(group.firstIndex)) model.apply({kind: 'entry', group: id, entry})
    model.apply({kind: 'hard state', group: id, state: group.hardState})
  }
  return model.picture()
}
