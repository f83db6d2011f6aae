/** Bugs in what followers do with their log, and in what is said before it is on disk. */
import {type Mutant, mutant} from './mutant.js'

export const replication: readonly Mutant[] = [
  mutant(
    'skip the check that logs match',
    'P3',
    'raft/follow.js',
    'if (termAt(log.outline, previousIndex) !== previousTerm) {',
    'if (termAt(log.outline, previousIndex) === null) {',
    {plan: 'others-move-past-a-leader.json'},
  ),
  mutant(
    'keep a conflicting suffix',
    'P3',
    'raft/log.js',
    'termAt(log.outline, index) !== term);',
    'termAt(log.outline, index) === null);',
    {plan: 'others-move-past-a-leader.json'},
  ),
  mutant(
    'truncate a committed entry: trust nothing after the commit index that a restart finds',
    'P1',
    'raftstore/group/log-outline.js',
    'pushEntry(outline, decodeEntry(entry));',
    'if (entry.index <= log.hardState.commit) pushEntry(outline, decodeEntry(entry));',
  ),
  mutant(
    'acknowledge an append before it is synced',
    'P1',
    'raft/follow.js',
    "sendAfter(core, { type: 'append-accepted', to: from, index });",
    "send(core, { type: 'append-accepted', to: from, index });",
  ),
  mutant(
    'grant a vote before it is synced',
    'P8',
    'raft/election.js',
    'sendAfter(core, voteReply(core, request, isGranted));',
    'send(core, voteReply(core, request, isGranted));',
    {plan: 'voters-crash-having-granted.json'},
  ),
  mutant(
    'apply before commit',
    'P3',
    'raft/bundle.js',
    'const to = Math.min(log.commit, log.durable) + 1;',
    'const to = log.durable + 1;',
  ),
  {
    name: 'install an older snapshot',
    promiseBroken: 'P3',
    // What is sent arrives in its order, and what another leader sent is of an older term.
    foundBy: 'test/raft/scripts.test.ts',
    edits: [
      {file: 'raft/follow.js', find: 'else if (snapshot.index > log.commit) {', replace: 'else {'},
      {
        file: 'raft/log.js',
        find: "assert(snapshot.index > log.commit, 'a snapshot never takes the state back');",
        replace: '',
      },
    ],
  },
  mutant(
    'read without asking a quorum',
    'P2',
    'raft/read-only.js',
    'progress.get(node)?.round ?? roundOf(node)',
    'reads.round + roundOf(node)',
    {plan: 'leader-stands-still.json'},
  ),
  mutant(
    'read before the first commit of the term',
    'P2',
    'raft/read-only.js',
    'if (reads.queued.length === 0 || termAt(log.outline, log.commit) !== core.term)',
    'if (reads.queued.length === 0)',
  ),
  mutant(
    'read before the state has caught up',
    'P2',
    'raftstore/group/read-barriers.js',
    'if (index === null || index > applied)',
    'if (index === null)',
  ),
  mutant('read at a leader that is not asked', 'P2', 'ps/services.js', 'await partition.readBarrier();', '', {
    plan: 'leader-stands-still.json',
  }),
  mutant(
    'report a proposal of a lost leadership as rejected',
    'P1',
    'raftstore/group/raft-replica.js',
    "lost its leader`, { outcome: 'unknown', facts });",
    "lost its leader`, { outcome: 'rejected', facts });",
    {plan: 'a-leader-gives-up-what-others-commit.json'},
  ),
]
