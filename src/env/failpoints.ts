/**
 * Named places where a test may make the process die, fail or wait: one mechanism for the crash sweep, which visits every site,
 * for the simulator, which arms some of them by seed, and for real processes (`armed-failpoints.ts`).
 *
 * A site is declared here and nowhere else, with what is true at that moment; a name that is not declared does not compile.
 * Sites stand between two effects that a crash must not part: what is on disk after the one and before the other must be
 * something that the next start understands.
 */
export const failpointSites = {
  'wal.begin.before': 'the next segment is about to be created',
  'wal.begin.after': 'a segment with its opening is there to stay, and nobody writes to it yet',
  'wal.append.before': 'records are about to be written',
  'wal.append.written': 'records are written and not synced',
  'wal.append.after': 'records are synced, and nobody was told',
  'wal.seal.before': 'the footer of a full segment is about to be written',
  'wal.seal.after': 'a segment is sealed, and the next one is not begun',
  'wal.cut.before': 'what a full disk did not take is about to be cut off',
  'wal.cut.after': 'what a full disk did not take is cut off, and nobody was told',
  'wal.remove.before': 'a segment that nobody needs is about to be removed',
  'wal.remove.after': 'a segment that nobody needs is gone',
  'wal.recover.before': 'the segments are about to be read',
  'wal.recover.after': 'the log is what it was; nothing was appended yet',
  'apply.before': 'committed entries are about to be applied',
  'apply.write.before': 'documents are about to reach the engine',
  'apply.write.after': 'documents have reached the engine, and the applied index has not grown',
  'apply.space.before': 'a changed space is about to be written where people look for it',
  'apply.space.after': 'a changed space is written, and the state does not have it yet',
  'apply.after': 'entries are applied, and nobody was told',
  'checkpoint.before': 'the state is paused for an image of it',
  'checkpoint.engine.after': 'the engine has written its files',
  'checkpoint.image.after': 'the image is written beside them; the checkpoint has no name yet',
  'checkpoint.replace.after': 'the checkpoint of the same index that was there before is out of the way',
  'checkpoint.rename.after': 'the checkpoint has its name, not durably',
  'checkpoint.after': 'the checkpoint is complete; the log is as before',
  'checkpoint.prune.before': 'an old checkpoint is about to be removed',
  'checkpoint.prune.after': 'an old checkpoint is gone',
  'checkpoint.release.before': 'the log up to the older checkpoint is about to be given up',
  'checkpoint.release.after': 'the log up to the older checkpoint is given up',
  'restore.clean.before': 'what a clean stop left is about to be taken',
  'restore.clean.after': 'the mark of the clean stop is gone, and the engine is not open yet',
  'restore.copy.before': 'a checkpoint is about to be copied to where the engine lives',
  'restore.copy.after': 'a checkpoint is copied',
  'restore.open.before': 'the engine is marked as being opened',
  'restore.open.after': 'the engine is open, and still marked as being opened',
  'restore.aside.before': 'what did not open is about to be set aside',
  'partition.create.before': 'a new partition is marked as one that does not count',
  'partition.create.after': 'a new partition is complete, and still marked as one that does not count',
  'partition.remove.before': 'a partition is marked as one that does not count, and is still whole',
  'partition.remove.after': 'the log of a removed partition is gone, its files are not',
  'partition.clean.before': 'the engine of a stopped partition is closed; it is not marked as clean',
  'partition.clean.after': 'a stopped partition is marked as clean',
  'snapshot.send.before': 'a member is about to be asked to fetch a checkpoint',
  'snapshot.list.before': 'the files of a checkpoint are about to be listed for another server',
  'snapshot.piece.read': 'a piece of a checkpoint is about to leave for another server',
  'snapshot.piece.before': 'a piece of a checkpoint has come and is about to be written',
  'snapshot.piece.after': 'a piece of a checkpoint is written',
  'snapshot.file.after': 'a file of a checkpoint has come whole',
  'snapshot.adopt.before': 'a checkpoint that has come whole is about to be made durable',
  'snapshot.adopt.synced': 'a checkpoint that has come is durable, and has no name of its own',
  'snapshot.adopt.after': 'a checkpoint that has come is the newest; the log does not go on after it yet',
  'snapshot.install.after': 'the log goes on after the checkpoint that has come',
  'membership.propose.before': 'a change of members is about to enter the log',
  'membership.propose.after': 'a change of members is in the log, and nobody was told',
  'leadership.transfer.before': 'leadership is about to be handed over',
  'identity.allocated': 'the node has an id, and has not written it down',
  'identity.written': 'the node has written its id down, and has not used it',
  'meta.transaction.before': 'a transaction is about to be sent to the metadata',
  'meta.transaction.after': 'a transaction is done, and nobody was told',
  'meta.ids.before': 'a block of ids is about to be taken',
  'meta.ids.after': 'a block of ids is taken, and none of it was given out',
} as const

export type FailpointSite = keyof typeof failpointSites

export interface Failpoints {
  /** Resolves at once, later, never, or rejects, as whoever armed `site` decided. */
  hit(site: FailpointSite): Promise<void>
}

const passed = Promise.resolve()

export const noFailpoints: Failpoints = {hit: () => passed}

export function isFailpointSite(name: string): name is FailpointSite {
  return Object.hasOwn(failpointSites, name)
}
