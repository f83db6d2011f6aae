/** Each judge with streams that must fail and streams that must pass: a judge that cannot object is none. */
import {describe, expect, test} from 'vitest'
import {nodeId, partitionId} from '../../../src/entity/ids.js'
import {stringifyJson} from '../../../src/entity/json.js'
import {drawnKey, timeline} from '../../check/timeline.js'
import {scoreOf, vectorOf} from '../document.js'
import type {Evidence, LivenessMark, Observation} from '../observation.js'
import type {SearchCall} from '../workload.js'
import {Judges} from './judges.js'
import type {Finding} from './oracle.js'
import {visibleBetween} from './visible.js'

/** `node` speaks for group 1 at that moment. */
const of = (node: number, atMs = 0) => ({atMs, node: nodeId(node), group: partitionId(1)})
const led = (node: number, term: number, commit = 0): Observation => ({...of(node), kind: 'led', term, commit})
const voted = (node: number, term: number, to: number): Observation => ({
  ...of(node),
  kind: 'voted',
  term,
  to: nodeId(to),
})
const kept = (node: number, term: number, vote: number, commit: number): Observation => {
  return {...of(node), kind: 'hard-state', term, vote, commit}
}
const members = (node: number, index: number, voters: number[], outgoing: number[] = []): Observation => {
  const lists = {voters: voters.map(nodeId), votersOutgoing: outgoing.map(nodeId), learners: []}
  return {...of(node), kind: 'members', index, ...lists}
}
const log = (node: number, from: number, ...terms: number[]): Observation => ({...of(node), kind: 'log', from, terms})
const three: readonly Observation[] = [members(1, 0, [1, 2, 3]), log(1, 1, 1, 1), log(2, 1, 1, 1), log(3, 1, 1)]
const applied = (node: number, index: number, value: string | null = null, term = 1): Observation => {
  const writes = value === null ? [] : [{key: drawnKey, value}]
  return {...of(node), kind: 'applied', index, term, digest: value ?? '', writes}
}
const began = (node: number, read: number): Observation => ({...of(node), kind: 'read-began', read})
const served = (node: number, read: number, applied: number): Observation => {
  return {...of(node), kind: 'read-served', read, applied}
}
const restored = (node: number, index: number): Observation => ({...of(node), kind: 'restored', index})
const state = (node: number, index: number, hash: string): Observation => ({...of(node), kind: 'state', index, hash})
const place = (kind: 'started' | 'wiped', node: number): Observation => {
  return {atMs: 0, kind, place: `ps/${node}`, node: nodeId(node)}
}
const id = (value: number): Observation => ({atMs: 0, kind: 'id', sequence: 'node', id: value})
const rescued: Observation = {atMs: 0, kind: 'rescued', place: 'ps/1', group: partitionId(1)}
const spoilt = (node: number): Observation => ({atMs: 0, kind: 'spoilt', place: `ps/${node}`})
const failpoint: Observation = {atMs: 0, kind: 'fault', fault: 'failpoint', target: 'ps/2', phase: 'began'}
const meta = (revision: number, key: string, value: object | string | null): Observation => {
  const text = typeof value === 'object' && value !== null ? stringifyJson(value) : value
  return {atMs: 0, kind: 'meta', revision, key: `/c/${key}`, value: text}
}
const live = (mark: LivenessMark['mark'], atMs = 0): Observation => {
  return {atMs, kind: 'liveness', mark, group: partitionId(1), detail: ''}
}
const call = (verb: 'upsert' | 'get', outcome: 'ok' | 'rejected', code: number, atMs: number): Observation => {
  return {atMs, kind: 'call', client: 'a', verb, outcome, code, group: partitionId(1)}
}
const space = (version: number, more: object = {}) => {
  return {id: 1, db_id: 1, name: 's', version, enabled: version > 1, partitions: [{id: 7, replicas: [1, 2]}], ...more}
}
const ended = (detail: string): Observation => ({atMs: 0, kind: 'failed', place: 'ps/1', node: nodeId(1), detail})
const fullDisk: readonly Observation[] = [
  place('started', 1),
  led(1, 1),
  {atMs: 0, kind: 'disk-room', place: 'ps/1', isFull: true},
]
const finalRead = (value: string | null) => [{key: drawnKey, value}]
const finished: readonly Observation[] = [
  meta(1, 'db/body/1', {id: 1}),
  meta(2, 'space/1/1', space(2)),
  meta(2, 'space_config/1/1', {}),
  meta(3, 'partition/7', {id: 7, leader_name: 1, term: 1}),
]

interface Row {
  readonly name: string
  readonly stream?: readonly Observation[]
  readonly rows?: string
  readonly end?: Partial<Evidence>
  /** Of the finding; null where there must be none. */
  readonly found: string | null
}

const table: readonly Row[] = [
  {name: 'a term has one leader', stream: [led(1, 1), led(1, 1), led(2, 2)], found: null},
  {name: 'two lead one term', stream: [led(1, 1), led(2, 1)], found: 'P8 two leaders in one term'},
  {name: 'a vote is told twice', stream: [voted(1, 1, 2), voted(1, 1, 2)], found: null},
  {name: 'a node votes twice', stream: [voted(1, 1, 2), voted(1, 1, 3)], found: 'P8 two votes in one term'},
  {name: 'a disk goes forward', stream: [kept(1, 1, 0, 0), kept(1, 1, 2, 0), kept(1, 2, 0, 5)], found: null},
  {
    name: 'a disk forgets a term',
    stream: [kept(1, 2, 0, 0), kept(1, 1, 0, 0)],
    found: 'P8 the disk takes back what it promised',
  },
  {
    name: 'a disk forgets a vote',
    stream: [kept(1, 2, 3, 0), kept(1, 2, 0, 0)],
    found: 'P8 the disk takes back what it promised',
  },
  {
    name: 'a disk forgets a commit',
    stream: [kept(1, 2, 0, 9), kept(1, 3, 0, 8)],
    found: 'P8 the disk takes back what it promised',
  },
  {
    name: 'a vote that was given is not found after a restart',
    stream: [voted(1, 3, 2), kept(1, 3, 0, 0)],
    found: 'P8 a vote was given that is not on disk',
  },
  {name: 'members change one by one', stream: [members(1, 1, [1, 2, 3]), members(1, 5, [1, 2, 3, 4])], found: null},
  {
    name: 'members change by way of a joint membership',
    stream: [members(1, 1, [1, 2, 3]), members(1, 5, [4, 5, 6], [1, 2, 3]), members(2, 6, [4, 5, 6])],
    found: null,
  },
  {
    name: 'two members go at once',
    stream: [members(1, 1, [1, 2, 3]), members(1, 5, [1])],
    found: 'P8 memberships without a common majority',
  },
  {
    name: 'two memberships at one index',
    stream: [members(1, 5, [1, 2]), members(2, 5, [1, 3])],
    found: 'P8 two memberships at one index',
  },
  {
    name: 'a wiped server comes back as another',
    stream: [place('started', 1), place('wiped', 1), led(2, 5)],
    found: null,
  },
  {
    name: 'a wiped server votes',
    stream: [place('wiped', 1), voted(1, 4, 2)],
    found: 'P8 a wiped node takes part under its old id',
  },

  {name: 'a majority gave its votes', stream: [members(1, 0, [1, 2, 3]), voted(2, 4, 1), led(1, 4)], found: null},
  {
    name: 'a minority gave its votes',
    stream: [members(1, 0, [1, 2, 3]), voted(2, 3, 1), led(1, 4)],
    found: 'P8 a leader without a majority of votes',
  },

  {name: 'a majority has what is applied', stream: [...three, applied(1, 1), applied(1, 2)], found: null},
  {
    name: 'a minority has what is applied',
    stream: [...three, log(2, 2), applied(1, 1), applied(1, 2)],
    found: 'P1 an entry was applied that no majority has on disk',
  },
  {
    name: 'a majority has another entry there',
    stream: [...three, log(2, 2, 3), applied(1, 2)],
    found: 'P1 an entry was applied that no majority has on disk',
  },
  {
    name: 'what is in the state need not be in the log',
    stream: [...three, log(2, 7), log(3, 7), applied(1, 2)],
    found: null,
  },
  {name: 'an entry is replaced that nobody applied', stream: [...three, log(1, 2, 4)], found: null},
  {
    name: 'a leader counts an entry of its own',
    stream: [...three, log(1, 3, 2), log(2, 3, 2), voted(2, 2, 1), led(1, 2), applied(1, 2)],
    found: null,
  },
  {name: 'a leader counts what it knew', stream: [...three, voted(2, 2, 1), led(1, 2, 2), applied(1, 2)], found: null},
  {
    name: 'a leader counts an entry of an older term',
    stream: [members(1, 0, [1, 2, 3]), voted(2, 2, 1), ...three.slice(1), led(1, 2, 1), applied(1, 2)],
    found: 'P1 a leader counted an entry of an older term',
  },
  {
    name: 'a leader is told by a vote what was committed before it',
    stream: [...three, voted(2, 2, 1), led(1, 2, 1), kept(2, 2, 1, 2), applied(1, 2)],
    found: null,
  },
  {
    name: 'a leader is told by those it has told',
    stream: [...three, voted(2, 2, 1), led(1, 2, 1), log(2, 3, 2), kept(2, 2, 1, 2), applied(1, 2)],
    found: 'P1 a leader counted an entry of an older term',
  },
  {
    name: 'a leader that did not know of a change commits it by those who were members before',
    stream: [
      members(2, 0, [2]),
      log(1, 1),
      members(2, 1, [1, 2]),
      log(2, 1, 1, 2),
      voted(1, 2, 2),
      led(2, 2),
      applied(2, 2, null, 2),
    ],
    found: null,
  },
  {
    name: 'a leader that knows of a change commits by those whom it leaves',
    stream: [
      members(2, 0, [2]),
      log(1, 1),
      members(2, 1, [1, 2]),
      log(2, 1, 1, 2),
      voted(1, 2, 2),
      led(2, 2, 1),
      applied(2, 2, null, 2),
    ],
    found: 'P1 an entry was applied that no majority has on disk',
  },
  {name: 'a leader has what was applied', stream: [...three, applied(1, 2), voted(3, 2, 2), led(2, 2)], found: null},
  {
    name: 'a leader lacks what was applied',
    stream: [...three, applied(1, 2), voted(2, 2, 3), led(3, 2)],
    found: 'P1 a leader lacks an entry that was applied',
  },
  {
    name: 'an entry is cut off that was applied',
    stream: [...three, applied(2, 2), log(1, 1, 1)],
    found: 'P1 a disk gives up an entry that was applied',
  },
  {
    name: 'one that has left comes back with nothing',
    stream: [...three, applied(2, 2), members(2, 3, [2, 3]), log(1, 1, 1)],
    found: null,
  },
  {
    name: 'replicas apply the same',
    stream: [applied(1, 1, 'x'), applied(2, 1, 'x'), state(1, 1, 'h'), state(2, 1, 'h')],
    found: null,
  },
  {
    name: 'replicas apply different entries',
    stream: [applied(1, 1, 'x'), applied(2, 1, 'y')],
    found: 'P3 two entries were applied at one index',
  },
  {
    name: 'an entry has two terms',
    stream: [applied(1, 1, 'x', 1), applied(2, 1, 'x', 2)],
    found: 'P3 two entries were applied at one index',
  },
  {
    name: 'replicas hold different states',
    stream: [state(1, 1, 'h'), state(2, 1, 'i')],
    found: 'P3 two states at one index',
  },
  {
    name: 'a restart goes on after its checkpoint',
    stream: [restored(1, 0), applied(1, 1), applied(1, 2), restored(1, 1), applied(1, 2)],
    found: null,
  },
  {
    name: 'a replica skips an entry',
    stream: [restored(1, 0), applied(1, 2)],
    found: 'P3 entries are applied in order, each once',
  },
  {
    name: 'a replica applies an entry twice',
    stream: [restored(1, 0), applied(1, 1), applied(1, 1)],
    found: 'P3 entries are applied in order, each once',
  },

  {
    name: 'what was acknowledged is there',
    rows: 'a: [w1 ]',
    stream: [applied(1, 1, '1')],
    end: {finalReads: finalRead('1')},
    found: null,
  },
  {
    name: 'what was acknowledged is gone',
    rows: 'a: [w1 ]',
    stream: [applied(1, 1, '1')],
    end: {finalReads: finalRead(null)},
    found: 'P1 an acknowledged upsert is gone',
  },
  {
    name: 'what was acknowledged was never applied',
    rows: 'a: [w1 ]',
    found: 'P1 an acknowledged write was applied by nobody',
  },
  {
    name: 'what was rejected was applied',
    rows: 'a: [w1! ]',
    stream: [applied(1, 1, '1')],
    found: 'P1 a rejected write was applied',
  },
  {name: 'what is unknown was applied', rows: 'a: [w1? ]', stream: [applied(1, 1, '1')], found: null},

  {
    name: 'a read is stale',
    rows: 'a: [w1 ] [w2 ] [r1 ]',
    stream: [applied(1, 1, '1'), applied(1, 2, '2')],
    found: 'P2 a get missed a write acknowledged before it',
  },
  {
    name: 'a read is stale and nothing says where',
    rows: 'a: [d ] [w1 ] [d ] [r1 ]',
    stream: [applied(1, 2, '1')],
    found: 'P2',
  },
  {
    name: 'a write lands before one that was known',
    rows: 'a: [w1 ] [w2 ]',
    stream: [applied(1, 1, '2'), applied(1, 2, '1')],
    found: 'P5',
  },
  {
    name: 'a write was applied twice',
    rows: 'a: [w1? ]',
    stream: [applied(1, 1, '1'), applied(1, 2, '1')],
    found: 'P5 a write was applied twice',
  },
  {
    name: 'a write was applied by two replicas',
    rows: 'a: [w1 ]',
    stream: [applied(1, 1, '1'), applied(2, 1, '1')],
    found: null,
  },

  {
    name: 'a read sees what was there',
    stream: [applied(1, 1), began(2, 1), applied(1, 2), served(2, 1, 1)],
    found: null,
  },
  {
    name: 'a read lacks what was there',
    stream: [applied(1, 1), applied(1, 2), began(2, 1), served(2, 1, 1)],
    found: 'P2 a read is served from a state that lacks what was there before',
  },

  {name: 'ids are taken once', stream: [id(1), id(2), meta(1, 'id/node', '2'), meta(2, 'id/node', '5')], found: null},
  {name: 'an id is taken twice', stream: [id(1), id(1)], found: 'P6 an id was handed out twice'},
  {
    name: 'a sequence goes back',
    stream: [meta(1, 'id/node', '5'), meta(2, 'id/node', '4')],
    found: 'P6 a sequence goes back',
  },
  {
    name: 'a sequence is deleted',
    stream: [meta(1, 'id/node', '5'), meta(2, 'id/node', null)],
    found: 'P6 a sequence goes back',
  },

  {name: 'metadata is complete', stream: finished, end: {finalReads: []}, found: null},
  {
    name: 'a space was never finished',
    stream: [...finished.slice(0, 1), meta(2, 'space/1/1', space(1))],
    end: {finalReads: []},
    found: 'P7 a space is half-way',
  },
  {
    name: 'a space was not removed completely',
    stream: [...finished, meta(4, 'space/1/1', null)],
    end: {finalReads: []},
    found: 'P7 a partition is left',
  },
  {name: 'a revision goes back', stream: [meta(4, 'x', 'a'), meta(3, 'y', 'b')], found: 'P7 a revision goes back'},
  {
    name: 'two changes of a space make one version',
    stream: [...finished, meta(4, 'space/1/1', space(2))],
    found: 'P7 a space does not move forward',
  },
  {
    name: 'two spaces have one name',
    stream: [...finished, meta(4, 'space/1/2', space(1, {id: 2, partitions: []}))],
    found: 'P7 two spaces of one name',
  },
  {
    name: 'two spaces have one partition',
    stream: [...finished, meta(4, 'space/1/2', space(1, {id: 2, name: 't'}))],
    found: 'P7 a partition in two spaces',
  },
  {
    name: 'an older leader is published',
    stream: [meta(1, 'partition/7', {leader_name: 1, term: 4}), meta(2, 'partition/7', {leader_name: 2, term: 3})],
    found: 'P7 an older leader',
  },
  {
    name: 'two leaders of a term are published',
    stream: [meta(1, 'partition/7', {leader_name: 1, term: 4}), meta(2, 'partition/7', {leader_name: 2, term: 4})],
    found: 'P7 two leaders of one term',
  },
  {
    name: 'a space that was created is not there',
    stream: finished,
    end: {finalReads: [], admin: [{verb: 'create', name: 't', outcome: 'ok'}]},
    found: 'P7 a created space is not there',
  },
  {
    name: 'a space that was deleted is there',
    stream: finished,
    end: {
      finalReads: [],
      admin: [
        {verb: 'create', name: 's', outcome: 'ok'},
        {verb: 'delete', name: 's', outcome: 'ok'},
      ],
    },
    found: 'P7 a deleted space is there',
  },
  {
    name: 'nobody knows whether a space was created',
    stream: finished,
    end: {finalReads: [], admin: [{verb: 'create', name: 't', outcome: 'unknown'}]},
    found: null,
  },

  {
    name: 'a damaged document is served',
    stream: [{atMs: 0, kind: 'misshapen', client: 'a', key: drawnKey, detail: ''}],
    found: 'P9 a damaged document was served',
  },
  {
    name: 'a damaged image on a sound disk',
    stream: [spoilt(2), rescued],
    found: 'P9 a server has damaged its own images',
  },
  {name: 'a damaged image on a spoilt disk', stream: [spoilt(1), rescued], found: null},
  {name: 'an image that a failpoint kept from being opened', stream: [failpoint, rescued], found: null},

  {name: 'a healed core agrees', stream: [live('healed'), live('progress', 5), live('converged', 9)], found: null},
  {
    name: 'a healed core makes no progress',
    stream: [live('healed'), live('no write', 9)],
    found: 'P10 no write in time',
  },
  {
    name: 'a healed core never agrees',
    stream: [live('healed'), live('progress', 5)],
    found: 'P10 the core never came to agree',
  },

  {
    name: 'a full disk is refused by its code',
    stream: [...fullDisk, call('upsert', 'rejected', 146, 20_000), call('get', 'ok', 0, 20_000)],
    found: null,
  },
  {
    name: 'a full disk is refused by another code',
    stream: [...fullDisk, call('upsert', 'rejected', 143, 20_000)],
    found: 'P11 a full disk is refused with 146',
  },
  {
    name: 'a full disk refuses reads',
    stream: [...fullDisk, call('get', 'rejected', 146, 20_000)],
    found: 'P11 reads go on while a disk is full',
  },
  {name: 'a full disk ends a server', stream: [ended('SIGBUS')], found: 'P11 a full disk ends no process'},
  {name: 'a server ends by itself for another reason', stream: [ended('its log did not sync')], found: null},
  {
    name: 'a full disk is too new to be blamed',
    stream: [...fullDisk, call('upsert', 'rejected', 143, 900)],
    found: null,
  },
  {
    name: 'a full disk is not alone',
    stream: [
      ...fullDisk,
      {atMs: 1, kind: 'fault', fault: 'isolate', target: 'ps/1', phase: 'began'},
      call('upsert', 'rejected', 143, 20_000),
    ],
    found: null,
  },
]

test.each(table)('$name', ({stream = [], rows = '', end = {}, found}) => {
  const judges = new Judges('c')
  const findings = stream.flatMap((seen) => judges.see(seen))
  const evidence = {history: timeline(rows), searches: [], admin: [], finalReads: null, ...end}
  const [first] = [...findings, ...judges.end(evidence)].map(text)
  if (found === null) expect(first).toBeUndefined()
  else expect(first).toContain(found)
})

describe('a search is judged by what it must have seen:', () => {
  const query = [0, 1, 2, 3]
  const hit = (value: string) => ({id: 'd', value, score: scoreOf(value, query)})
  const search = (more: Partial<SearchCall>): SearchCall => {
    const asked = {client: 's', spaceId: drawnKey.spaceId, vector: query, topK: 2, below: null, isThroughLeader: true}
    return {...asked, invokedAt: 30, returnedAt: 40, hits: [], ...more}
  }
  const judge = (rows: string, call: SearchCall) => {
    return new Judges('c')
      .end({history: timeline(rows), searches: [call], admin: [], finalReads: null})
      .filter(({promise}) => promise === 'P4')
      .map(text)[0]
  }

  test.each([
    ['what was acknowledged before', 'a: [w1 ]', {hits: [hit('1')]}, null],
    ['nothing of a space that is empty', '', {}, null],
    ['either version of what was written meanwhile', 'a: [w1 ]                       [w2 ]', {hits: [hit('1')]}, null],
    ['the new version of what was written meanwhile', 'a: [w1 ]                       [w2 ]', {hits: [hit('2')]}, null],
    ['nothing of what was deleted meanwhile', 'a: [w1 ]                      [d ]', {}, null],
    ['an older state at a follower', 'a: [w1 ] [w2 ]', {hits: [hit('1')], isThroughLeader: false}, null],
    ['less than there is at a follower', 'a: [w1 ]', {isThroughLeader: false}, null],
    ['a document that is missed', 'a: [w1 ]', {}, 'a document was missed'],
    ['a document that was deleted', 'a: [w1 ] [d ]', {hits: [hit('1')]}, 'a version was found that is not there'],
    ['a version that was replaced', 'a: [w1 ] [w2 ]', {hits: [hit('1')]}, 'a version was found that is not there'],
    ['a version that was rejected', 'a: [w1! ]', {hits: [hit('1')]}, 'a version was found that is not there'],
    [
      'a version from the future',
      `a: ${' '.repeat(50)}[w1 ]`,
      {hits: [hit('1')], isThroughLeader: false},
      'is not there',
    ],
    ['a wrong score', 'a: [w1 ]', {hits: [{...hit('1'), score: -1}]}, 'a score is wrong'],
    ['one document twice', 'a: [w1 ]', {hits: [hit('1'), hit('1')]}, 'a document was found twice'],
    ['a document that the filter excludes', 'a: [w1 ]', {hits: [hit('1')], below: 0}, 'does not match'],
  ] as const)('%s', (_, rows, more, found) => {
    const first = judge(rows, search(more))
    if (found === null) expect(first).toBeUndefined()
    else expect(first).toContain(found)
  })

  test('hits out of order, and a better one left out', () => {
    const values = ['1', '2', '3', '4', '5'].sort((a, b) => scoreOf(a, query) - scoreOf(b, query))
    const [best = '', worst = ''] = [values[0], values.at(-1)]
    expect(scoreOf(best, query)).toBeLessThan(scoreOf(worst, query))
    const history = timeline(`a: [w${best} ]\nb: [w${worst} ]`).map((write, at) => ({
      ...write,
      key: {...write.key, id: `d${at}`},
    }))
    const [first, last] = [
      {...hit(best), id: 'd0'},
      {...hit(worst), id: 'd1'},
    ]
    const judgeHits = (hits: SearchCall['hits'], topK: number) =>
      new Judges('c')
        .end({history, searches: [search({hits, topK})], admin: [], finalReads: null})
        .map(text)
        .filter((line) => line.startsWith('P4'))
    expect(judgeHits([first, last], 2)).toEqual([])
    expect(judgeHits([first], 1)).toEqual([])
    expect(judgeHits([last, first], 2)[0]).toContain('out of order')
    expect(judgeHits([last], 1)[0]).toContain('a document was missed')
  })
})

test.each([
  ['a: [w1 ]', [null, '1'], 0],
  ['a: [w1 ]', ['1'], 20],
  ['a: [w1 ] [w2? ]', ['1', '2'], 30],
  ['a: [w1 ] [d ]', [null], 30],
  ['a: [w1? ] [w2 ]', ['1', '2'], 30],
  ['a: [w1@1.9 ] [w2@1.3 ]', ['1'], 30],
] as const)('%s may be found as %j from %i on', (rows, values, from) => {
  expect([...visibleBetween(timeline(rows), from, from + 10)].sort()).toEqual([...values].sort())
})

test('a document follows from its value', () => {
  expect(vectorOf('v1')).toHaveLength(4)
  expect(new Set(Array.from({length: 50}, (_, at) => vectorOf(`v${at}`).join())).size).toBeGreaterThan(20)
})

function text({promise, rule, detail}: Finding): string {
  return `${promise} ${rule}: ${detail}`
}
