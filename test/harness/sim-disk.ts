/**
 * A disk in memory that can lose power: what was not synced survives, vanishes, tears or turns to garbage, by seed.
 *
 * Every file has what reads see and what would be there after a crash. A write becomes durable by the file's sync, a
 * create, rename or remove by its directory's. Calls that change something are counted; one of them may be chosen to
 * fail, or to be the last: from then on no call returns, and `afterCrash` gives the disk that the next start finds.
 */
import {dirname} from 'node:path'
import type {DirectoryLock} from '../../src/env/directory-lock.js'
import type {Disk, DiskFile} from '../../src/env/disk.js'
import {CodedError} from '../../src/errors/coded-error.js'
import type {SeededRandom} from './random.js'

export type Fault =
  /** Power goes before the call has any effect, after it had all of it, or in between. */
  | {readonly at: number; readonly kind: 'crash before' | 'crash after' | 'crash torn'}
  /** The call fails: a write may have done a part, a failed sync loses what it should have written for good. */
  | {readonly at: number; readonly kind: 'EIO' | 'ENOSPC'}

type Change = {readonly position: number; readonly bytes: Uint8Array} | {readonly truncate: number}

interface Inode {
  cached: Buffer
  durable: Buffer
  unsynced: Change[]
}

type EntryChange =
  | {readonly kind: 'create'; readonly path: string; readonly inode: Inode}
  | {readonly kind: 'rename'; readonly from: string; readonly path: string; readonly inode: Inode}
  | {readonly kind: 'remove'; readonly path: string}

const sectorBytes = 512

export class SimDisk implements Disk {
  /** Calls so far that could change something. */
  calls = 0
  /** What each of those calls was, for messages. */
  readonly trace: string[] = []
  /** Resolves when the power is gone. */
  readonly crashed: Promise<void>
  readonly #random: SeededRandom
  #fault: Fault | null
  readonly #entries: Map<string, Inode>
  readonly #durableEntries: Map<string, Inode>
  readonly #locked = new Set<string>()
  #unsyncedEntries: EntryChange[] = []
  #isCrashed = false
  #onCrash: () => void = () => {}

  constructor(random: SeededRandom, fault: Fault | null = null, content: ReadonlyMap<string, Buffer> = new Map()) {
    this.#random = random
    this.#fault = fault
    this.crashed = new Promise((resolve) => {
      this.#onCrash = resolve
    })
    const inodes = [...content].map(([path, bytes]): [string, Inode] => [
      path,
      {cached: Buffer.from(bytes), durable: Buffer.from(bytes), unsynced: []},
    ])
    this.#entries = new Map(inodes)
    this.#durableEntries = new Map(inodes)
  }

  /** The disk after the power came back. */
  afterCrash(fault: Fault | null = null): SimDisk {
    this.#isCrashed = true
    const entries = new Map(this.#durableEntries)
    for (const change of this.#unsyncedEntries) if (this.#random.below(2) === 0) applyEntry(entries, change)
    const content = new Map<string, Buffer>()
    for (const [path, inode] of entries) content.set(path, this.#survivors(inode))
    return new SimDisk(this.#random, fault, content)
  }

  /** The next call that could change something fails. */
  failNext(kind: 'EIO' | 'ENOSPC'): void {
    this.#fault = {at: this.calls + 1, kind}
  }

  /** Changes bytes behind everyone's back, as a decaying disk does. */
  damage(path: string, change: (bytes: Buffer) => Buffer): void {
    const inode = this.#inode(path)
    inode.cached = change(Buffer.from(inode.cached))
    inode.durable = Buffer.from(inode.cached)
  }

  async open(path: string, options: {readonly create?: boolean} = {}): Promise<DiskFile> {
    if (!this.#entries.has(path)) {
      if (options.create !== true) throw failure('ENOENT', `no ${path}`)
      const inode: Inode = {cached: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: []}
      await this.#call(`create ${path}`, () => this.#changeEntry({kind: 'create', path, inode}))
    }
    return this.#file(path, this.#inode(path))
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    const inode = this.#entries.get(path)
    return inode === undefined ? null : Buffer.from(inode.cached)
  }

  async list(directory: string): Promise<string[]> {
    const inside = [...this.#entries.keys()].filter((path) => dirname(path) === directory)
    return inside.map((path) => path.slice(directory.length + 1)).sort()
  }

  async makeDirectory(): Promise<void> {}

  async rename(from: string, path: string): Promise<void> {
    const inode = this.#inode(from)
    await this.#call(`rename ${from} ${path}`, () => this.#changeEntry({kind: 'rename', from, path, inode}))
  }

  async remove(path: string): Promise<void> {
    if (!this.#entries.has(path)) return
    await this.#call(`remove ${path}`, () => this.#changeEntry({kind: 'remove', path}))
  }

  async exists(path: string): Promise<boolean> {
    return this.#entries.has(path)
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#call(`sync directory ${directory}`, () => {
      const inside = this.#unsyncedEntries.filter(({path}) => dirname(path) === directory)
      for (const change of inside) applyEntry(this.#durableEntries, change)
      this.#unsyncedEntries = this.#unsyncedEntries.filter((change) => !inside.includes(change))
    })
  }

  async space(): Promise<{totalBytes: number; freeBytes: number}> {
    return {totalBytes: 2 ** 40, freeBytes: 2 ** 39}
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locked.has(directory)) throw new CodedError('DATA_DIR_LOCKED', directory)
    this.#locked.add(directory)
    return {release: async () => void this.#locked.delete(directory)}
  }

  #file(path: string, inode: Inode): DiskFile {
    return {
      read: async (target, position) => inode.cached.copy(target, 0, position, position + target.length),
      write: (bytes, position) => {
        const kept = Buffer.from(bytes)
        const written = (bytes: Uint8Array) => () => change(inode, {position, bytes})
        const part = kept.subarray(0, this.#random.below(kept.length + 1))
        return this.#call(`write ${path}`, written(kept), written(kept), written(part))
      },
      sync: () =>
        this.#call(
          `sync ${path}`,
          () => syncUpTo(inode, inode.unsynced.length),
          () => syncUpTo(inode, this.#random.below(inode.unsynced.length + 1)),
          () => {
            inode.unsynced = []
          },
        ),
      truncate: (bytes) => this.#call(`truncate ${path}`, () => change(inode, {truncate: bytes})),
      size: async () => inode.cached.length,
      close: async () => {},
    }
  }

  /** `torn` is half of the effect, `lost` what an error leaves. */
  async #call(what: string, effect: () => void, torn: () => void = effect, lost: () => void = () => {}): Promise<void> {
    if (this.#isCrashed) return never
    this.calls += 1
    this.trace.push(what)
    if (this.#fault?.at !== this.calls) return effect()
    const {kind} = this.#fault
    if (kind === 'EIO' || kind === 'ENOSPC') {
      lost()
      throw failure(kind, what)
    }
    if (kind === 'crash after') effect()
    if (kind === 'crash torn') torn()
    this.#isCrashed = true
    this.#onCrash()
    return never
  }

  #changeEntry(entry: EntryChange): void {
    applyEntry(this.#entries, entry)
    this.#unsyncedEntries.push(entry)
  }

  #inode(path: string): Inode {
    const inode = this.#entries.get(path)
    if (inode === undefined) throw failure('ENOENT', `no ${path}`)
    return inode
  }

  /** The durable bytes with what fate leaves of each unsynced change. */
  #survivors({durable, unsynced}: Inode): Buffer {
    let bytes: Buffer = Buffer.from(durable)
    for (const made of unsynced) {
      const fate = this.#random.below(4)
      if (fate === 0) continue
      if (fate === 1 || 'truncate' in made) {
        bytes = applied(bytes, made)
        continue
      }
      for (let from = 0; from < made.bytes.length; from += sectorBytes) {
        const sector = made.bytes.subarray(from, from + sectorBytes)
        const written = fate === 2 ? sector : sector.map((byte) => byte ^ (1 + this.#random.below(255)))
        if (this.#random.below(2) === 0) bytes = applied(bytes, {position: made.position + from, bytes: written})
      }
    }
    return bytes
  }
}

const never = new Promise<never>(() => {})

function change(inode: Inode, made: Change): void {
  inode.cached = applied(inode.cached, made)
  inode.unsynced.push(made)
}

function syncUpTo(inode: Inode, count: number): void {
  for (const made of inode.unsynced.slice(0, count)) inode.durable = applied(inode.durable, made)
  inode.unsynced = inode.unsynced.slice(count)
}

function applied(bytes: Buffer, made: Change): Buffer {
  const length = 'truncate' in made ? made.truncate : Math.max(bytes.length, made.position + made.bytes.length)
  const next =
    length === bytes.length ? bytes : Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))])
  if ('bytes' in made) next.set(made.bytes, made.position)
  return next.subarray(0, length)
}

function applyEntry(entries: Map<string, Inode>, made: EntryChange): void {
  if (made.kind === 'remove') entries.delete(made.path)
  else entries.set(made.path, made.inode)
  if (made.kind === 'rename') entries.delete(made.from)
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), {code})
}
