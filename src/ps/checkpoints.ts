/**
 * A partition's checkpoints: images of its state from which the log is replayed.
 *
 *     checkpoints/<applied index>/state.json   the image; written last, before the directory gets its name
 *     checkpoints/<applied index>/engine/      the engine's files; absent where the engine was empty (index 0)
 *
 * A checkpoint is complete and durable once it has its name. It is never opened: it is copied, and the copy is opened.
 * The two newest are kept, and the log from the older of them on, so that one bad image costs a longer replay and nothing
 * else.
 */
import {join} from 'node:path'
import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'
import {readJson, writeJson} from './json-file.js'
import type {SavedImage} from './partition-state.js'

const checkpointsKept = 2

export interface Checkpoint {
  readonly appliedIndex: number
  readonly directory: string
}

export class Checkpoints {
  /** By name, how many are reading it. */
  readonly #held = new Map<string, number>()

  constructor(
    private readonly disk: Disk,
    readonly directory: string,
  ) {}

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
      await writeEngine(join(unfinished, 'engine'))
    } catch (thrown) {
      // What a full disk cut short must not keep it full.
      await this.disk.remove(unfinished)
      throw thrown
    }
    return async () => {
      await writeJson(this.disk, join(unfinished, 'state.json'), image)
      const directory = join(this.directory, String(image.appliedIndex))
      // There may be one from before an index build. A crash between the two calls costs it; the older one remains.
      await this.disk.remove(directory)
      await this.disk.rename(unfinished, directory)
      await this.disk.syncDirectory(this.directory)
      return {appliedIndex: image.appliedIndex, directory}
    }
  }

  /** A checkpoint that came from another server, complete in `directory`, becomes the newest of this one. */
  async adopt(directory: string, appliedIndex: number): Promise<void> {
    await this.disk.syncTree(directory)
    const target = join(this.directory, String(appliedIndex))
    await this.disk.makeDirectory(this.directory)
    await this.disk.remove(target)
    await this.disk.rename(directory, target)
    await this.disk.syncDirectory(this.directory)
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

  async image(checkpoint: Checkpoint): Promise<SavedImage> {
    const image = await readJson<SavedImage>(this.disk, join(checkpoint.directory, 'state.json'))
    if (image === null) throw new Error(`${checkpoint.directory} has no state.json`)
    return image
  }

  /** Copies the engine's files to `directory`, which is replaced; afterwards there is none if the engine was empty. */
  async copyEngine(checkpoint: Checkpoint, directory: string): Promise<void> {
    await this.disk.remove(directory)
    const engine = join(checkpoint.directory, 'engine')
    if (!(await this.disk.exists(engine))) return
    await this.disk.copyTree(engine, directory)
  }

  /** Takes the checkpoint out of the list, keeping its files under another name until the next `prune`. */
  async setAside({directory}: Checkpoint): Promise<void> {
    await this.disk.remove(`${directory}.broken`)
    await this.disk.rename(directory, `${directory}.broken`)
  }

  /** Removes all but the newest ones; returns the index from which the log must be kept. */
  async prune(): Promise<number> {
    const all = await this.list()
    const kept = all.slice(0, checkpointsKept)
    const names = new Set(kept.map(({appliedIndex}) => String(appliedIndex)))
    const newest = kept[0]?.appliedIndex ?? 0
    for (const name of await this.disk.list(this.directory)) {
      const isComing = name.endsWith('.incoming') && Number.parseInt(name, 10) > newest
      if (names.has(name) || isComing || this.#held.get(name)) continue
      await this.disk.remove(join(this.directory, name))
    }
    return kept.length < checkpointsKept ? 0 : (kept.at(-1)?.appliedIndex ?? 0)
  }
}
