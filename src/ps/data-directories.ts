import type {DirectoryLock} from '../env/directory-lock.js'
import type {Disk} from '../env/disk.js'

/** The node's data directories, taken for this process alone; a refusal leaves no trace of the attempt. */
export class DataDirectories {
  #locks: DirectoryLock[] = []

  constructor(
    private readonly disk: Disk,
    readonly paths: readonly string[],
  ) {}

  /** Creates what is missing. Errors: DATA_DIR_UNWRITABLE, DATA_DIR_LOCKED. */
  async take(): Promise<void> {
    const made: string[] = []
    try {
      for (const path of this.paths) {
        if (!(await this.disk.exists(path))) made.push(path)
        this.#locks.push(await this.disk.lock(path))
      }
    } catch (thrown) {
      await this.release()
      for (const path of made) if (await this.disk.exists(path)) await this.disk.remove(path)
      throw thrown
    }
  }

  /** Idempotent. */
  async release(): Promise<void> {
    const locks = this.#locks
    this.#locks = []
    for (const lock of locks) await lock.release()
  }
}
