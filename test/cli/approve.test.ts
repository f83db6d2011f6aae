/** Whether a change may go ahead where nobody is at the terminal; with a person there, the REPL's tests ask. */
import {expect, test} from 'vitest'
import {overrule, type Proposal, proposal, proposalListing} from '../../src/admin/changes/proposal.js'
import {type Approval, approve} from '../../src/cli/approve.js'
import {english} from '../../src/cli/words/en.js'

const step = {step: 'delete db shop', subject: '/c/db/body/1', before: {name: 'shop'}, after: null}
const harmless = proposal('db rename', [step])
const destructive = proposal('db delete', [step], {isDestructive: true})
const nobody: Approval = {yes: false, confirm: null, protectedContext: null, cluster: 'c', words: english}

test.each<[string, Proposal, Partial<Approval>, string | null]>([
  ['nothing is said', harmless, {}, 'add --yes to do it without being asked'],
  ['--yes', harmless, {yes: true}, null],
  ['--yes, for what destroys', destructive, {yes: true}, null],
  [
    '--yes, for what destroys in a protected context',
    destructive,
    {yes: true, protectedContext: 'prod'},
    'add --confirm c',
  ],
  ['the name of another cluster', destructive, {yes: true, confirm: 'd', protectedContext: 'prod'}, 'add --confirm c'],
  ['the cluster’s name', destructive, {confirm: 'c', protectedContext: 'prod'}, null],
  ['--yes, for what does not destroy in a protected context', harmless, {yes: true, protectedContext: 'prod'}, null],
])('%s', async (_, asked, approval, hint) => {
  const answer = approve(asked, {...nobody, ...approval})
  if (hint === null) await answer
  else await expect(answer).rejects.toMatchObject({errorName: 'UNCONFIRMED', exitCode: 7, hint})
})

const objected = proposal('partitions remove-replica', [step], {
  objections: [
    {guard: 'quorum', reason: 'partition 1 would have 1 of 3 replicas'},
    {guard: 'leader', reason: 'node 2 leads it'},
  ],
})

test('each guard is overruled by its own name, and only by that', () => {
  expect(() => overrule(objected, ['quorum', 'leader'])).not.toThrow()
  expect(() => overrule(objected, ['leader'])).toThrow(
    expect.objectContaining({
      errorName: 'GUARD_FAILED',
      detail: 'partition 1 would have 1 of 3 replicas',
      hint: 'to do it all the same: --force=quorum',
    }),
  )
})

test('a dry run tells what would be refused', () => {
  expect(proposalListing(objected, ['quorum'])).toEqual({
    rows: [step],
    source: null,
    warnings: ['would be refused: node 2 leads it (--force=leader)'],
    exit: 'guardFailed',
  })
})
