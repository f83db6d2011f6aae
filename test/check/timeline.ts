/**
 * Histories of one document drawn as text: a row for each client, time from left to right.
 *
 *     a: [w1  ]      [r1 ]       upsert of 1; get that found 1
 *     b:    [d@2.7 ]   [r- ]     delete, acknowledged at term 2, index 7; get that found nothing
 *     c: [w3?  ] [w4!  ]         unknown and rejected
 *     d:   [w5>                  unknown: the client never heard of it
 */
import {spaceId} from '../../src/entity/ids.js'
import type {DocumentKey, History, Operation} from './history.js'

export const drawnKey: DocumentKey = {spaceId: spaceId(1), id: 'd'}

const call = /\[(?<letter>[wdr])(?<value>\w+|-)?(?<mark>[?!])?(?:@(?<term>\d+)\.(?<index>\d+))? *(?<end>[\]>])/g

export function timeline(rows: string): History {
  return rows.split('\n').flatMap((row) => {
    const [client, ...rest] = row.split(':')
    if (client === undefined || rest.length === 0) return []
    const drawn = [...row.matchAll(call)]
    const left = row.replace(call, '').slice(row.indexOf(':') + 1)
    if (left.trim() !== '') throw new Error(`cannot read ${left} in ${row}`)
    return drawn.map((match) => operationOf(client.trim(), match))
  })
}

function operationOf(client: string, match: RegExpMatchArray): Operation {
  const {letter, value, mark, term, index, end} = match.groups ?? {}
  const from = match.index ?? 0
  const outcome = mark === '!' ? 'rejected' : mark === '?' || end === '>' ? 'unknown' : 'ok'
  return {
    client,
    key: drawnKey,
    kind: letter === 'w' ? 'upsert' : letter === 'd' ? 'delete' : 'get',
    value: value === undefined || value === '-' ? null : value,
    invokedAt: from,
    returnedAt: end === '>' ? null : from + match[0].length - 1,
    outcome,
    position: term === undefined ? null : {term: Number(term), index: Number(index)},
  }
}
