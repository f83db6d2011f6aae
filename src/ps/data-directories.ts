/** The node's data directories, taken for this process alone; a refusal leaves no trace of the attempt. */
import {join} from 'node:path'
import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'

/** Takes a directory for this process; throws DATA_DIR_LOCKED while another has it. */
export type LockDirectory = (directory: string) => Promise<{release(): Promise<void>}>

export class DataDirectories {
  #locks: {release(): Promise<void>}[] = []

  constructor(
    private readonly disk: Disk,
    readonly paths: readonly string[],
    private readonly lock: LockDirectory,
  ) {}

  /** Errors: DATA_DIR_UNWRITABLE, DATA_DIR_LOCKED. */
  async take(): Promise<void> {
    const made: string[] = []
    try {
      for (const path of this.paths) {
        if (await this.#make(path)) made.push(path)
        this.#locks.push(await this.lock(path))
      }
    } catch (thrown) {
      await this.release()
      for (const path of made) await this.disk.remove(path)
      throw thrown
    }
  }

  /** Idempotent. */
  async release(): Promise<void> {
    const locks = this.#locks
    this.#locks = []
    for (const lock of locks) await lock.release()
  }

  /** Makes sure that files can be written there; true if the directory is new. */
  async #make(path: string): Promise<boolean> {
    try {
      const existed = await this.disk.exists(path)
      await this.disk.makeDirectory(path)
      const probe = join(path, '.writable')
      await (await this.disk.open(probe, {create: true})).close()
      await this.disk.remove(probe)
      return !existed
    } catch (thrown) {
      const {message} = thrown as Error
      const hint = 'global.data must name directories that this user may write'
      throw new CodedError('DATA_DIR_UNWRITABLE', `${path}: ${message}`, {hint, cause: thrown})
    }
  }
}
