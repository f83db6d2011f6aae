/**
 * A partition's checkpoints: images of its state from which the log is replayed.
 *
 *     checkpoints/<applied index>/state.json   the image, and checksums of the engine's files; written last, before the
 *                                              directory gets its name
 *     checkpoints/<applied index>/engine/      the engine's files; absent where the engine was empty (index 0)
 *
 * A checkpoint is complete and durable once it has its name. It is never opened: it is copied, and the copy is opened if it is
 * what was written.
 * The two newest are kept, and the log from the older of them on, so that one bad image costs a longer replay and nothing
 * else.
 */
import {join} from 'node:path'
import type {Disk} from '../env/disk.js'
import type {Env} from '../env/env.js'
import type {Failpoints} from '../env/failpoints.js'
import {CodedError} from '../errors/coded-error.js'
import {type FileSummary, firstDifference, summaries} from './file-summary.js'
import type {SavedImage} from './partition-state.js'
import {assertDiskRoom} from './resources.js'
import {readSealed, writeSealed} from './sealed-file.js'

const checkpointsKept = 2

export interface Checkpoint {
  readonly appliedIndex: number
  readonly directory: string
}

/** Earlier versions wrote no checksums. */
interface StoredImage extends SavedImage {
  readonly files?: readonly FileSummary[]
}

export class Checkpoints {
  /** By name, how many are reading it. */
  readonly #held = new Map<string, number>()

  private readonly disk: Disk
  private readonly failpoints: Failpoints

  constructor(
    {disk, failpoints}: Pick<Env, 'disk' | 'failpoints'>,
    readonly directory: string,
  ) {
    this.disk = disk
    this.failpoints = failpoints
  }

  /** Newest first; those without a name of their own were never finished. */
  async list(): Promise<Checkpoint[]> {
    const names = (await this.disk.list(this.directory)).filter((name) => /^\d+$/.test(name))
    return names
      .map((name) => ({appliedIndex: Number(name), directory: join(this.directory, name)}))
      .sort((a, b) => b.appliedIndex - a.appliedIndex)
  }

  /**
   * Writes the engine's files with `writeEngine`, durably; the caller keeps changes away while that runs. What it returns
   * makes the checkpoint complete and gives it its name; changes may go on meanwhile.
   */
  async begin(
    image: SavedImage,
    writeEngine: (directory: string) => Promise<void>,
  ): Promise<() => Promise<Checkpoint>> {
    const unfinished = join(this.directory, `${image.appliedIndex}.unfinished`)
    await this.disk.remove(unfinished)
    await this.disk.makeDirectory(unfinished)
    try {
      await this.failpoints.hit('checkpoint.before')
      await writeEngine(join(unfinished, 'engine'))
      await this.failpoints.hit('checkpoint.engine.after')
    } catch (thrown) {
      // What a full disk cut short must not keep it full.
      await this.disk.remove(unfinished)
      throw thrown
    }
    return async () => {
      const files = await summaries(this.disk, join(unfinished, 'engine'))
      await writeSealed(this.disk, join(unfinished, 'state.json'), {...image, files} satisfies StoredImage)
      await this.failpoints.hit('checkpoint.image.after')
      const directory = join(this.directory, String(image.appliedIndex))
      // There may be one from before an index build.
      await this.#vacate(directory)
      await this.failpoints.hit('checkpoint.replace.after')
      await this.disk.rename(unfinished, directory)
      await this.failpoints.hit('checkpoint.rename.after')
      await this.disk.syncDirectory(this.directory)
      await this.failpoints.hit('checkpoint.after')
      return {appliedIndex: image.appliedIndex, directory}
    }
  }

  /** Errors: PARTITION_RESOURCE_EXHAUSTED where the disk has no room for another image of so many bytes. */
  assertRoom(bytes: number): Promise<void> {
    return assertDiskRoom(this.disk, this.directory, bytes)
  }

  /** Where one that comes from another server gathers: it does not count until it is adopted. */
  incoming(appliedIndex: number): string {
    return join(this.directory, `${appliedIndex}.incoming`)
  }

  /** The one that came from another server, complete by now, becomes the newest of this one. */
  async adopt(appliedIndex: number): Promise<void> {
    const directory = this.incoming(appliedIndex)
    await this.failpoints.hit('snapshot.adopt.before')
    await this.disk.syncTree(directory)
    await this.failpoints.hit('snapshot.adopt.synced')
    const target = join(this.directory, String(appliedIndex))
    await this.disk.makeDirectory(this.directory)
    await this.#vacate(target)
    await this.disk.rename(directory, target)
    await this.disk.syncDirectory(this.directory)
    await this.failpoints.hit('snapshot.adopt.after')
  }

  /** Runs `read` on a checkpoint that is not removed meanwhile. Errors: PARTITION_NOT_EXIST if there is none. */
  async whileKept<T>(appliedIndex: number, read: (checkpoint: Checkpoint) => Promise<T>): Promise<T> {
    const checkpoint = (await this.list()).find((kept) => kept.appliedIndex === appliedIndex)
    if (checkpoint === undefined) {
      throw new CodedError('PARTITION_NOT_EXIST', `there is no checkpoint ${appliedIndex} in ${this.directory}`)
    }
    const name = String(appliedIndex)
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1)
    try {
      return await read(checkpoint)
    } finally {
      this.#held.set(name, (this.#held.get(name) ?? 1) - 1)
    }
  }

  /** Errors: DATA_CORRUPT, DATA_TOO_NEW. */
  async image(checkpoint: Checkpoint): Promise<SavedImage> {
    const {files: _, ...image} = await this.#stored(checkpoint)
    return image
  }

  /**
   * Copies the engine's files to `directory`, which is replaced; afterwards there is none if the engine was empty. Errors:
   * DATA_CORRUPT where the copy is not what was written; PARTITION_RESOURCE_EXHAUSTED.
   */
  async copyEngine(checkpoint: Checkpoint, directory: string): Promise<void> {
    const {files} = await this.#stored(checkpoint)
    await this.disk.remove(directory)
    const engine = join(checkpoint.directory, 'engine')
    const isThere = await this.disk.exists(engine)
    if (isThere) {
      await this.assertRoom((files ?? []).reduce((sum, {bytes}) => sum + bytes, 0))
      await this.disk.copyTree(engine, directory)
    }
    if (files !== undefined) assertSame(checkpoint, files, await summaries(this.disk, directory))
  }

  /** Errors: DATA_CORRUPT where `found`, all files of the checkpoint, is not what was written. */
  async assertIntact(checkpoint: Pick<Checkpoint, 'directory'>, found: readonly FileSummary[]): Promise<void> {
    const {files} = await this.#stored(checkpoint)
    const prefix = 'engine/'
    const engine = found.filter(({path}) => path.startsWith(prefix))
    const below = engine.map((file) => ({...file, path: file.path.slice(prefix.length)}))
    if (files !== undefined) assertSame(checkpoint, files, below)
  }

  /** Held to its checksums; an earlier version wrote none. Errors: DATA_CORRUPT, DATA_TOO_NEW. */
  async verify(checkpoint: Checkpoint): Promise<{readonly bytes: number; readonly isChecked: boolean}> {
    const {files} = await this.#stored(checkpoint)
    const found = await summaries(this.disk, join(checkpoint.directory, 'engine'))
    if (files !== undefined) assertSame(checkpoint, files, found)
    return {bytes: found.reduce((sum, {bytes}) => sum + bytes, 0), isChecked: files !== undefined}
  }

  async #stored({directory}: Pick<Checkpoint, 'directory'>): Promise<StoredImage> {
    const image = await readSealed<StoredImage>(this.disk, join(directory, 'state.json'))
    if (image === null) throw new CodedError('DATA_CORRUPT', `${directory} has no state.json`)
    return image
  }

  /**
   * Takes the checkpoint out of the list, durably: one that came back would be believed once the log has grown past it. Its files
   * are kept under another name until the next `prune`.
   */
  async setAside({directory}: Checkpoint): Promise<void> {
    await this.disk.remove(`${directory}.broken`)
    await this.disk.rename(directory, `${directory}.broken`)
    await this.disk.syncDirectory(this.directory)
  }

  /** Takes what is there out of the way whole: a directory that is removed in place is a part of one for a while. */
  async #vacate(directory: string): Promise<void> {
    if (!(await this.disk.exists(directory))) return
    await this.disk.remove(`${directory}.replaced`)
    await this.disk.rename(directory, `${directory}.replaced`)
  }

  /** Removes all but so many of the newest; returns the index after which the log must be kept. */
  async prune(count = checkpointsKept): Promise<number> {
    const all = await this.list()
    const kept = all.slice(0, count)
    const names = new Set(kept.map(({appliedIndex}) => String(appliedIndex)))
    const newest = kept[0]?.appliedIndex ?? 0
    for (const name of await this.disk.list(this.directory)) {
      const isComing = name.endsWith('.incoming') && Number.parseInt(name, 10) > newest
      if (names.has(name) || isComing || this.#held.get(name)) continue
      await this.failpoints.hit('checkpoint.prune.before')
      await this.disk.remove(join(this.directory, name))
      await this.failpoints.hit('checkpoint.prune.after')
    }
    return kept.length < count ? 0 : (kept.at(-1)?.appliedIndex ?? 0)
  }
}

function assertSame(
  {directory}: Pick<Checkpoint, 'directory'>,
  expected: readonly FileSummary[],
  found: readonly FileSummary[],
): void {
  const path = firstDifference(expected, found)
  if (path !== null) throw new CodedError('DATA_CORRUPT', `${directory}/engine/${path} is not what was written to it`)
}
