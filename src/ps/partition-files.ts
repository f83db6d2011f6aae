/**
 * Where a partition lives on disk, and the small files that say in what state it was left.
 *
 *     <root>/meta/<id>/meta.txt        the space, for people and for the start (Vearch's file)
 *     <root>/meta/<id>/settings.json   what an operator set for this replica alone
 *     <root>/meta/<id>/discard         there while the partition is being created or removed: nothing here counts
 *     <root>/meta/<id>/joined.json     the replica change that brought it here; absent if it was here from the beginning
 *     <root>/meta/<id>/aside.json      why it is being set aside, and where: see `set-aside.ts`
 *     <root>/data/<id>/live/           the engine that serves
 *     <root>/data/<id>/clean.json      the image that `live` holds; there only between a clean stop and the next start
 *     <root>/data/<id>/opening         there while `live` is being opened: found at a start, the opening killed us
 *     <root>/data/<id>/checkpoints/    see `checkpoints.ts`
 *     <root>/data/<id>/live.broken-<n> engines that did not open, kept for whoever wants to know why
 */
import {join} from 'node:path'
import type {PartitionId} from '../entity/ids.js'
import type {Space, SpaceConfig} from '../entity/space.js'
import type {Disk} from '../env/disk.js'
import {readJson, writeJson} from './json-file.js'
import type {SavedImage} from './partition-state.js'

export interface PartitionSettings {
  readonly config: SpaceConfig
  /** An operator closed the partition to upserts until further notice. */
  readonly exhausted: boolean
}

/** What is set aside, why, and where it goes. */
export interface AsideNote {
  readonly partition: PartitionId
  /** Below the data directory. */
  readonly directory: string
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Of the engines that did not open. */
const brokenKeptMax = 2

export class PartitionFiles {
  readonly meta: string
  readonly data: string

  constructor(
    readonly disk: Disk,
    readonly root: string,
    readonly id: PartitionId,
  ) {
    this.meta = join(root, 'meta', String(id))
    this.data = join(root, 'data', String(id))
  }

  /** Vearch's placement: partition id modulo the number of data directories. */
  static of(disk: Disk, directories: readonly string[], id: PartitionId): PartitionFiles {
    return new PartitionFiles(disk, directories[id % directories.length] ?? '', id)
  }

  get live(): string {
    return join(this.data, 'live')
  }

  get checkpoints(): string {
    return join(this.data, 'checkpoints')
  }

  readSpace = () => readJson<Space>(this.disk, join(this.meta, 'meta.txt'))
  writeSpace = (space: Space) => writeJson(this.disk, join(this.meta, 'meta.txt'), space)

  readSettings = () => readJson<PartitionSettings>(this.disk, join(this.meta, 'settings.json'))
  writeSettings = (settings: PartitionSettings) => writeJson(this.disk, join(this.meta, 'settings.json'), settings)

  /** The replica change that made this replica; 0 for one that its group began with. */
  async joinedBy(): Promise<number> {
    return (await readJson<{change: number}>(this.disk, join(this.meta, 'joined.json')))?.change ?? 0
  }
  writeJoined = (change: number) => writeJson(this.disk, join(this.meta, 'joined.json'), {change})

  isDiscarded = () => this.disk.exists(join(this.meta, 'discard'))

  /** From here on whatever is there is to be removed, by us or by the next start. */
  async markDiscarded(): Promise<void> {
    await this.#makeDurable(this.meta)
    await writeJson(this.disk, join(this.meta, 'discard'), {})
  }

  /** The partition counts. */
  async keep(): Promise<void> {
    await this.disk.remove(join(this.meta, 'discard'))
    await this.disk.syncDirectory(this.meta)
  }

  makeData = () => this.#makeDurable(this.data)

  /** Removes everything, the mark that says so last. */
  async removeAll(): Promise<void> {
    await this.disk.remove(this.data)
    if (await this.disk.exists(join(this.root, 'data'))) await this.disk.syncDirectory(join(this.root, 'data'))
    await this.disk.remove(this.meta)
    await this.disk.syncDirectory(join(this.root, 'meta'))
  }

  writeClean = (image: SavedImage) => writeJson(this.disk, join(this.data, 'clean.json'), image)

  /**
   * What the last clean stop left in `live`; durably forgotten on return, because the next write makes it untrue. One that
   * can not be read is none: there are checkpoints.
   */
  async takeClean(): Promise<SavedImage | null> {
    const path = join(this.data, 'clean.json')
    if (!(await this.disk.exists(path))) return null
    const image = await readJson<SavedImage>(this.disk, path).catch(() => null)
    await this.disk.remove(path)
    await this.disk.syncDirectory(this.data)
    return image
  }

  diedOpening = () => this.disk.exists(join(this.data, 'opening'))

  /** Not synced: it is there to outlive a crash of the process, not of the machine. */
  async markOpening(): Promise<void> {
    await (await this.disk.open(join(this.data, 'opening'), {create: true})).close()
  }

  markOpened = () => this.disk.remove(join(this.data, 'opening'))

  /** Renames `live` out of the way, keeping the newest few of its kind; returns the new name, null if there is none. */
  async setAsideLive(): Promise<string | null> {
    if (!(await this.disk.exists(this.live))) return null
    const numbers = (await this.disk.list(this.data))
      .filter((name) => name.startsWith('live.broken-'))
      .map((name) => Number(name.slice('live.broken-'.length)))
      .sort((a, b) => a - b)
    const name = `live.broken-${(numbers.at(-1) ?? 0) + 1}`
    await this.disk.rename(this.live, join(this.data, name))
    for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - brokenKeptMax))) {
      await this.disk.remove(join(this.data, `live.broken-${number}`))
    }
    return name
  }

  readAside = () => readJson<AsideNote>(this.disk, join(this.meta, 'aside.json'))

  async writeAside(note: AsideNote): Promise<void> {
    await this.#makeDurable(this.meta)
    await writeJson(this.disk, join(this.meta, 'aside.json'), note)
  }

  async #makeDurable(directory: string): Promise<void> {
    await this.disk.makeDirectory(directory)
    await this.disk.syncDirectory(join(directory, '..'))
    await this.disk.syncDirectory(this.root)
  }
}

/** The partitions that have something under the data directories, in id order. */
export async function partitionsOnDisk(disk: Disk, directories: readonly string[]): Promise<number[]> {
  const found = new Set<number>()
  for (const directory of directories) {
    for (const kind of ['meta', 'data']) {
      for (const name of await disk.list(join(directory, kind))) if (/^\d+$/.test(name)) found.add(Number(name))
    }
  }
  return [...found].sort((a, b) => a - b)
}
