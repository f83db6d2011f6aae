/** What every vote must obey, whoever asks in whatever order (§5.2, §5.4.1; thesis §9.6). */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {nodeId} from '../../src/entity/ids.js'
import {type Ballot, decideVote, type Voter} from '../../src/raft/vote.js'
import {property} from '../harness/property.js'

const small = fc.nat(4)
const node = fc.integer({min: 1, max: 4}).map(nodeId)
const log = {lastIndex: small, lastTerm: small}
const voter: fc.Arbitrary<Voter> = fc.record({
  term: small,
  vote: fc.option(node),
  leader: fc.option(node),
  ...log,
})
const ballot: fc.Arbitrary<Ballot> = fc.record({
  type: fc.constantFrom('vote', 'pre-vote'),
  from: node,
  term: small,
  ...log,
})

/** Later terms take the voter's promises away, and a grant is one. */
function after(before: Voter, asked: Ballot): Voter {
  if (asked.type === 'pre-vote') return before
  const own = asked.term > before.term ? {...before, term: asked.term, vote: null, leader: null} : before
  return decideVote(own, asked).isGranted ? {...own, vote: asked.from} : own
}

describe('a voter', () => {
  property('promises one vote a term at most', [voter, fc.array(ballot, {maxLength: 20})], (start, ballots) => {
    const promised = new Map(start.vote === null ? [] : [[start.term, start.vote]])
    let own = start
    for (const asked of ballots) {
      own = after(own, asked)
      if (own.vote === null) continue
      expect(own.vote).toBe(promised.get(own.term) ?? own.vote)
      promised.set(own.term, own.vote)
    }
  })

  property('grants nothing to a log that lacks an entry of its own', [voter, ballot], (own, asked) => {
    if (!decideVote(own, asked).isGranted) return
    const [lacks] = [own, asked].toSorted((a, b) => a.lastTerm - b.lastTerm || a.lastIndex - b.lastIndex)
    if (lacks === asked) expect([asked.lastTerm, asked.lastIndex]).toEqual([own.lastTerm, own.lastIndex])
  })

  property(
    'grants to a better log what it grants to a worse',
    [voter, ballot, small, small],
    (own, asked, terms, entries) => {
      const better = {
        ...asked,
        lastTerm: asked.lastTerm + terms,
        lastIndex: terms > 0 ? entries : asked.lastIndex + entries,
      }
      if (decideVote(own, asked).isGranted) expect(decideVote(own, better).isGranted).toBe(true)
    },
  )

  property('says in advance what it would do then', [voter, ballot], (own, asked) => {
    fc.pre(asked.term > own.term)
    const then = {...own, term: asked.term, vote: null, leader: null}
    expect(decideVote(own, {...asked, type: 'pre-vote'}).isGranted).toBe(
      decideVote(then, {...asked, type: 'vote'}).isGranted,
    )
  })
})
