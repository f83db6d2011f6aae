/**
 * The disk of a machine: `SimDisk` with a speed, a size, and what befalls it. It outlives the processes that use it; a call of
 * one that has ended does nothing and never returns.
 */
import type {DirectoryLock} from '../../src/env/directory-lock.js'
import type {Disk, DiskFile} from '../../src/env/disk.js'
import {CodedError} from '../../src/errors/coded-error.js'
import {SimDisk, type Tear} from '../harness/sim-disk.js'
import type {Prng} from './prng.js'
import type {Process} from './process.js'

const never = new Promise<never>(() => {})
const totalBytes = 2 ** 40
const starvingBytes = totalBytes / 200
const noticedMs = 500

export class NodeDisk {
  /** What a sync takes on average, and what faults add to every call. */
  slowUs = 0
  #content: SimDisk
  /** How many faults keep it full. */
  #full = 0
  /** How many faults leave it all but full, and since when. */
  #starving = 0
  #starvingSinceMs = 0
  #failsNextSync = false
  readonly #waits = new Set<{readonly process: Process; readonly done: () => void}>()
  readonly #locks = new Map<string, Process>()

  constructor(
    private readonly random: Prng,
    private readonly meanUs: number,
    /** Of the unsynced writes, how many a loss of power spoils. */
    private readonly faultyShare: number,
  ) {
    this.#content = new SimDisk(random.fork('content'))
  }

  get isFull(): boolean {
    return this.#full > 0
  }

  fill(): void {
    this.#full += 1
  }

  free(): void {
    this.#full -= 1
  }

  starve(nowMs: number): void {
    if (this.#starving === 0) this.#starvingSinceMs = nowMs
    this.#starving += 1
  }

  feed(): void {
    this.#starving -= 1
  }

  /** Whether a page that is written to finds room: a disk fills up no faster than a server looks at it. */
  hasPages(nowMs: number): boolean {
    return this.#starving === 0 || nowMs - this.#starvingSinceMs < noticedMs
  }

  /** What a slow spell still holds up comes as fast as the disk is now. */
  hasten(): void {
    for (const {process, done} of this.#waits) process.after(this.random.exponential(this.meanUs), 'disk', done)
  }

  failNextSync(): void {
    this.#failsNextSync = true
  }

  /** What was not synced is at fate's mercy. */
  losePower(tear: Tear): void {
    this.#content = this.#content.afterCrash(null, this.faultyShare, tear)
    this.#waits.clear()
    this.#failsNextSync = false
  }

  erase(): void {
    this.#content = new SimDisk(this.random.fork('content'))
  }

  /** Flips bits of one file at rest. Returns its path, or null if nothing is there that could rot. */
  async rot(bits: number): Promise<string | null> {
    const files = (await this.#content.files('/')).map((path) => `/${path}`)
    const candidates: string[] = []
    for (const path of files) {
      const isData = /\.wal$|\/engine\/|state\.json$/.test(path)
      if (isData && ((await this.#content.readFile(path))?.length ?? 0) > 0) candidates.push(path)
    }
    if (candidates.length === 0) return null
    const path = this.random.pick(candidates)
    this.#content.damage(path, (bytes) => {
      for (let bit = 0; bit < bits; bit++) {
        const at = this.random.below(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << this.random.below(8))
      }
      return bytes
    })
    return path
  }

  /** The disk as one process sees it. */
  of(process: Process): Disk {
    /** Data that the machine has in memory comes at once; what must reach the platter takes its time. */
    const quickly = async <T>(call: () => Promise<T>): Promise<T> => {
      if (!process.isAlive) return never
      if (this.slowUs > 0) await this.#wait(process, this.random.exponential(this.slowUs))
      return call()
    }
    const durably = async <T>(call: () => Promise<T>): Promise<T> => {
      if (!process.isAlive) return never
      await this.#wait(process, this.random.exponential(this.meanUs) + this.random.exponential(this.slowUs))
      return call()
    }
    const growing = <T>(call: () => Promise<T>): Promise<T> =>
      quickly(() => {
        if (this.isFull) this.#content.failNext('ENOSPC')
        return call()
      })
    const syncing = <T>(call: () => Promise<T>): Promise<T> =>
      durably(() => {
        if (this.#failsNextSync) this.#content.failNext('EIO')
        this.#failsNextSync = false
        return call()
      })
    const file = (inner: DiskFile): DiskFile => ({
      read: (target, position) => quickly(() => inner.read(target, position)),
      write: (bytes, position) => growing(() => inner.write(bytes, position)),
      sync: () => syncing(() => inner.sync()),
      truncate: (bytes) => quickly(() => inner.truncate(bytes)),
      size: () => quickly(() => inner.size()),
      close: () => inner.close(),
    })
    return {
      open: (path, options) =>
        quickly(async () => {
          const isNew = options?.create === true && !(await this.#content.exists(path))
          if (isNew && this.isFull) this.#content.failNext('ENOSPC')
          return file(await this.#content.open(path, options))
        }),
      readFile: (path) => quickly(() => this.#content.readFile(path)),
      list: (path) => quickly(() => this.#content.list(path)),
      files: (path) => quickly(() => this.#content.files(path)),
      makeDirectory: (path) => durably(() => this.#content.makeDirectory(path)),
      rename: (from, to) => quickly(() => this.#content.rename(from, to)),
      remove: (path) => quickly(() => this.#content.remove(path)),
      exists: (path) => quickly(() => this.#content.exists(path)),
      copyTree: (from, to) => growing(() => this.#content.copyTree(from, to)),
      syncTree: (path) => syncing(() => this.#content.syncTree(path)),
      syncDirectory: (path) => syncing(() => this.#content.syncDirectory(path)),
      space: () => quickly(async () => ({totalBytes, freeBytes: this.#freeBytes})),
      lock: (path) => durably(() => this.#lock(process, path)),
    }
  }

  get #freeBytes(): number {
    if (this.isFull) return 0
    return this.#starving > 0 ? starvingBytes : totalBytes / 2
  }

  /** A lock ends with its process. */
  async #lock(process: Process, path: string): Promise<DirectoryLock> {
    if (this.#locks.get(path)?.isAlive) throw new CodedError('DATA_DIR_LOCKED', path)
    await this.#content.makeDirectory(path)
    this.#locks.set(path, process)
    return {release: async () => void this.#locks.delete(path)}
  }

  #wait(process: Process, us: number): Promise<void> {
    return new Promise((resolve) => {
      const wait = {process, done: () => this.#waits.delete(wait) && resolve()}
      this.#waits.add(wait)
      process.after(us, 'disk', wait.done)
    })
  }
}
