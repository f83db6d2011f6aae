/** Bugs in what a disk is trusted with: the shared log, checkpoints, the node's identity. */
import {type Mutant, mutant} from './mutant.js'

export const disk: readonly Mutant[] = [
  mutant('never sync the log', 'P1', 'raftstore/wal/segment.js', 'await this.file.sync();', ''),
  mutant(
    'acknowledge after a failed sync',
    'P1',
    'raftstore/wal/segment.js',
    'throw new SyncFailed(this.path, cause);',
    'return;',
    {plan: 'failed-sync-then-power-cut.json'},
  ),
  mutant(
    'take the last write for durable because it can be read',
    'P1',
    'raftstore/wal/recovery.js',
    'await this.#renew(last);',
    ';',
    {plan: 'failed-sync-then-power-cut.json'},
  ),
  mutant(
    'skip the sync of the directory of a new segment',
    'P1',
    'raftstore/wal/segment.js',
    'await disk.syncDirectory(directory);',
    '',
  ),
  mutant(
    'skip the sync of the directory after a rename',
    'P10',
    'env/disk.js',
    "await disk.syncDirectory(join(path, '..'));",
    '',
  ),
  mutant(
    'accept a bad checksum',
    'P9',
    'raftstore/wal/record.js',
    'if (crc32(bytes.subarray(offset + crcBytes, end), salt) !== bytes.readUInt32LE(offset))',
    'if (crc32(bytes.subarray(offset + crcBytes, end), salt) === -1)',
    {plan: 'power-tears-the-log.json'},
  ),
  mutant('leave a torn tail where it is', 'P9', 'raftstore/wal/recovery.js', 'await segment.cutBack();', '', {
    // It is written over. What comes back to life must begin where the next write happens to end, and power must fail then.
    foundBy: 'test/raftstore/write-ahead-log.test.ts',
  }),
  mutant(
    'forget hard states with the segments that held them',
    'P8',
    'raftstore/wal/group-state.js',
    'this.hardState = hardState;',
    '',
    {plan: 'log-rolls-and-its-server-restarts.json'},
  ),
  mutant(
    'lose the votes in the log',
    'P8',
    'raftstore/wal/log-state.js',
    'hardState = { term, vote: decodeVote(payload), commit: index };',
    'hardState = { term, vote: 0, commit: index };',
  ),
  {
    name: 'clear the log before the checkpoint is durable',
    promiseBroken: 'P10',
    plan: 'power-fails-between-two-syncs.json',
    edits: [
      {
        file: 'ps/partition-upkeep.js',
        find: 'const { appliedIndex } = await finish();',
        replace: 'await this.parts.release(state.appliedIndex, true); const { appliedIndex } = await finish();',
      },
    ],
  },
  {
    name: 'clear the log before a snapshot is durable',
    promiseBroken: 'P10',
    plan: 'power-fails-between-two-syncs.json',
    edits: [
      {
        file: 'ps/partition-snapshots.js',
        find: 'await checkpoints.adopt(index);',
        replace: 'await log.truncatePrefix(index, term);',
      },
      {
        file: 'ps/partition-snapshots.js',
        find: "await log.truncatePrefix(index, term);\n        await env.failpoints.hit('snapshot.install.after')",
        replace: "await checkpoints.adopt(index);\n        await env.failpoints.hit('snapshot.install.after')",
      },
    ],
  },
  mutant(
    'a snapshot misses the last entry',
    'P3',
    'ps/partition-state.js',
    'return task({ ...this.#image, documents',
    'return task({ ...this.#image, appliedIndex: this.appliedIndex + (this.appliedIndex > 1 ? 1 : 0), documents',
  ),
  mutant(
    'take the image while entries are applied',
    'P3',
    'ps/partition-state.js',
    "whilePaused(task) {\n        return this.#turns.run(async () => {\n            assert(this.#failure === null, 'no image is taken of a state that is half-way');\n            return task({ ...this.#image, documents: this.engine.status().documents });\n        });",
    'async whilePaused(task) {\n        return task({ ...this.#image, documents: this.engine.status().documents });',
  ),
  mutant(
    'write to an engine whose disk is all but full',
    'P11',
    'ps/partition-state.js',
    'await this.whenRoom();',
    '',
    {
      plan: 'disk-all-but-full.json',
    },
  ),
  mutant(
    'apply twice after a restart',
    'P3',
    'ps/partition-opening.js',
    'const state = new PartitionState(engine, image, ',
    'const state = new PartitionState(engine, { ...image, appliedIndex: Math.max(log.firstIndex - 1, image.appliedIndex - 1) }, ',
  ),
  mutant(
    'keep no applied index with the data',
    'P3',
    'ps/partition-opening.js',
    'const state = new PartitionState(engine, image, ',
    'const state = new PartitionState(engine, { ...image, appliedIndex: log.hardState.commit }, ',
  ),
]
