/** Bugs in who leads, and in what a leader takes for committed. */
import {type Mutant, mutant} from './mutant.js'

export const elections: readonly Mutant[] = [
  {
    name: 'vote twice in a term',
    promiseBroken: 'P8',
    edits: [
      {
        file: 'raft/election.js',
        find: 'vote: core.vote, leader: core.leader, ...last',
        replace: 'vote: null, leader: null, ...last',
      },
      {file: 'raft/election.js', find: 'castVote(core, request.from);', replace: 'core.vote = request.from;'},
    ],
  },
  mutant(
    'forget the vote on restart',
    'P8',
    'raft/state.js',
    'const vote = isTorn ? null : start.hardState.vote;',
    'const vote = null;',
  ),
  mutant(
    'forget the term on restart',
    'P8',
    'raft/state.js',
    'const term = isTorn ? lastTermOf(start.outline) : start.hardState.term;',
    'const term = lastTermOf(start.outline);',
  ),
  mutant(
    'grant a vote to a stale log',
    'P1',
    'raft/vote.js',
    'return candidate.lastIndex >= voter.lastIndex;',
    'return true;',
    {plan: 'a-member-that-lags-campaigns-first.json'},
  ),
  mutant(
    'count a reply of an older term',
    'P8',
    'raft/step.js',
    'if (message.term < core.term) {',
    "if (message.term < core.term && !['vote-reply', 'append-accepted'].includes(message.type)) {",
  ),
  mutant(
    'commit an entry of an older term by counting',
    'P3',
    'raft/replicate.js',
    'if (index === Number.POSITIVE_INFINITY || termAt(core.log.outline, index) !== core.term)',
    'if (index === Number.POSITIVE_INFINITY)',
    {plan: 'answers-to-a-leader-are-lost.json'},
  ),
  mutant(
    'count what is not on the leader’s disk',
    'P1',
    'raft/state.js',
    'return node === core.config.id ? core.log.durable :',
    'return node === core.config.id ? core.log.outline.lastIndex :',
  ),
  mutant(
    'tell a commit index beyond what the follower has',
    'P3',
    'raft/replicate.js',
    'commit: Math.min(match, core.log.commit), round',
    'commit: core.log.commit, round',
  ),
  mutant(
    'take one half of the voters for a majority',
    'P8',
    'raft/quorum.js',
    'return Math.floor(size / 2) + 1;',
    'return Math.ceil(size / 2) - (size > 2 ? 1 : 0);',
  ),
  mutant(
    'two membership changes at once',
    'P8',
    'raft/proposal.js',
    'if (core.log.handed < core.changeIndex)',
    'if (core.log.handed < 0)',
    {foundBy: 'test/raft/scripts.test.ts'},
  ),
  mutant(
    'a removed member still counts',
    'P8',
    'raft/membership.js',
    'voters: sorted(voters), learners: sorted(learners) };',
    "voters: sorted(action === 'remove' ? [...voters, node] : voters), learners: sorted(learners) };",
    {foundBy: 'test/raft/membership.test.ts'},
  ),
]
