/**
 * A disk in memory that can lose power: what was not synced survives, vanishes, tears or turns to garbage, by seed.
 *
 * Every file has what reads see and what would be there after a crash. A write becomes durable by the file's sync, a
 * create, rename or remove by its directory's; a directory made is durable at once, as `Disk` promises. Calls that change
 * something are counted; one of them may be chosen to fail, or to be the last: from then on no call returns, and
 * `afterCrash` gives the disk that the next start finds.
 */
import {basename, dirname, join} from 'node:path'
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

/** Bytes that grow at their end without being copied each time: a log is written so. */
class Content {
  #room: Buffer

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes)
    this.length = bytes.length
  }

  length: number

  get bytes(): Buffer {
    return this.#room.subarray(0, this.length)
  }

  apply(made: Change): void {
    const length = 'truncate' in made ? made.truncate : Math.max(this.length, made.position + made.bytes.length)
    if (length > this.#room.length) this.#room = Buffer.concat([this.bytes], 2 * length)
    if (length > this.length) this.#room.fill(0, this.length, length)
    this.length = length
    if ('bytes' in made) this.#room.set(made.bytes, made.position)
  }
}

class Inode {
  unsynced: Change[] = []
  cached: Content
  durable: Content

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.cached = new Content(bytes)
    this.durable = new Content(bytes)
  }
}

class Directory {
  readonly cached = new Map<string, Node>()
  readonly durable = new Map<string, Node>()
}

type Node = Inode | Directory

/** A change of names; it is durable once `home` is synced. */
interface EntryChange {
  readonly home: Directory
  readonly gone?: {readonly from: Directory; readonly name: string}
  readonly come?: {readonly name: string; readonly node: Node}
}

/**
 * Where an unsynced write comes apart: at each 512 bytes of its own, all of it with one fate; or at the sectors of the disk, each
 * with its own, where the file may have grown and the data not come.
 */
export type Tear = 'write' | 'sector'

const sectorBytes = 512
const copyBytes = 64 * 1024
const unlimitedBytes = 2 ** 40

export class SimDisk implements Disk {
  /** Calls so far that could change something. */
  calls = 0
  /** What each of those calls was, for messages. */
  readonly trace: string[] = []
  /** Resolves when the power is gone. */
  readonly crashed: Promise<void>
  readonly #random: SeededRandom
  #fault: Fault | null
  readonly #root: Directory
  readonly #locked = new Set<string>()
  #unsyncedEntries: EntryChange[] = []
  #isCrashed = false
  #bytesMax = unlimitedBytes
  #faultyShare = 0
  #tear: Tear = 'write'
  #onCrash: () => void = () => {}

  constructor(random: SeededRandom, fault: Fault | null = null, root: Directory = new Directory()) {
    this.#random = random
    this.#fault = fault
    this.#root = root
    this.crashed = new Promise((resolve) => {
      this.#onCrash = resolve
    })
  }

  /** The disk after the power came back. `faultyShare` of the unsynced writes vanish, tear or turn to garbage. */
  afterCrash(fault: Fault | null = null, faultyShare = 0.75, tear: Tear = 'write'): SimDisk {
    this.#isCrashed = true
    this.#tear = tear
    this.#faultyShare = faultyShare
    for (const change of this.#unsyncedEntries) if (this.#random.below(2) === 0) applyEntry('durable', change)
    return new SimDisk(this.#random, fault, this.#survivingTree(this.#root))
  }

  /** The power goes now. */
  crash(): void {
    this.#isCrashed = true
    this.#onCrash()
  }

  /** The same disk for the next process: what was not synced is still not synced, and no lock is held. */
  fork(random: SeededRandom = this.#random, fault: Fault | null = null): SimDisk {
    const copies = new Map<Node, Node>()
    const fork = new SimDisk(random, fault, copyOf(this.#root, copies) as Directory)
    const copy = <N extends Node>(node: N) => copyOf(node, copies) as N
    fork.#unsyncedEntries = this.#unsyncedEntries.map(({home, gone, come}) => ({
      home: copy(home),
      ...(gone === undefined ? {} : {gone: {...gone, from: copy(gone.from)}}),
      ...(come === undefined ? {} : {come: {...come, node: copy(come.node)}}),
    }))
    return fork
  }

  /** The next call that could change something fails, or the one that comes `later`. */
  failNext(kind: 'EIO' | 'ENOSPC', later = 0): void {
    this.#fault = {at: this.calls + 1 + later, kind}
  }

  /** From now on there is room for so many bytes beside those that are used; without a number, for as many as one likes. */
  limit(freeBytes = Number.POSITIVE_INFINITY): void {
    this.#bytesMax = Math.min(unlimitedBytes, bytesIn(this.#root) + freeBytes)
  }

  /** Changes bytes behind everyone's back, as a decaying disk does. */
  damage(path: string, change: (bytes: Buffer) => Buffer): void {
    const inode = this.#inode(path)
    const bytes = change(Buffer.from(inode.cached.bytes))
    inode.cached = new Content(bytes)
    inode.durable = new Content(bytes)
  }

  async open(path: string, options: {readonly create?: boolean} = {}): Promise<DiskFile> {
    const found = this.#node(path)
    if (found instanceof Directory) throw failure('EISDIR', path)
    if (found !== null) return this.#file(path, found)
    if (options.create !== true) throw failure('ENOENT', `no ${path}`)
    const home = this.#directory(dirname(path))
    const inode = new Inode()
    await this.#changeEntry(`create ${path}`, {home, come: {name: basename(path), node: inode}})
    return this.#file(path, inode)
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    const found = this.#node(path)
    if (found instanceof Directory) throw failure('EISDIR', path)
    return found === null ? null : Buffer.from(found.cached.bytes)
  }

  async list(path: string): Promise<string[]> {
    const found = this.#node(path)
    return found instanceof Directory ? [...found.cached.keys()].sort() : []
  }

  async files(path: string): Promise<string[]> {
    const found = this.#node(path)
    return found instanceof Directory ? filesBelow(found).sort() : []
  }

  async makeDirectory(path: string): Promise<void> {
    const found = this.#node(path)
    if (found instanceof Directory) return
    if (found !== null) throw failure('EEXIST', path)
    await this.makeDirectory(dirname(path))
    const change = {home: this.#directory(dirname(path)), come: {name: basename(path), node: new Directory()}}
    await this.#call(`make directory ${path}`, () => {
      applyEntry('cached', change)
      applyEntry('durable', change)
    })
  }

  async rename(from: string, path: string): Promise<void> {
    const node = this.#node(from)
    if (node === null) throw failure('ENOENT', `no ${from}`)
    const target = this.#node(path)
    if (target instanceof Directory && target.cached.size > 0) throw failure('ENOTEMPTY', path)
    const gone = {from: this.#directory(dirname(from)), name: basename(from)}
    const come = {name: basename(path), node}
    await this.#changeEntry(`rename ${from} ${path}`, {home: this.#directory(dirname(path)), gone, come})
  }

  async remove(path: string): Promise<void> {
    const node = this.#node(path)
    if (node === null) return
    // Not one step, as on a real disk: a crash may leave a part of a directory.
    if (node instanceof Directory) for (const name of [...node.cached.keys()]) await this.remove(join(path, name))
    const home = this.#directory(dirname(path))
    await this.#changeEntry(`remove ${path}`, {home, gone: {from: home, name: basename(path)}})
  }

  async copyTree(from: string, to: string): Promise<void> {
    await this.makeDirectory(to)
    for (const path of await this.files(from)) {
      await this.makeDirectory(dirname(join(to, path)))
      const {bytes} = this.#inode(join(from, path)).cached
      const target = await this.open(join(to, path), {create: true})
      for (let at = 0; at < bytes.length; at += copyBytes) await target.write(bytes.subarray(at, at + copyBytes), at)
    }
  }

  async syncTree(path: string): Promise<void> {
    for (const name of await this.list(path)) {
      const child = join(path, name)
      if (this.#node(child) instanceof Directory) await this.syncTree(child)
      else await this.#file(child, this.#inode(child)).sync()
    }
    await this.syncDirectory(path)
  }

  async exists(path: string): Promise<boolean> {
    return this.#node(path) !== null
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directory(path)
    await this.#call(`sync directory ${path}`, () => {
      const inside = this.#unsyncedEntries.filter(({home}) => home === directory)
      for (const change of inside) applyEntry('durable', change)
      this.#unsyncedEntries = this.#unsyncedEntries.filter(({home}) => home !== directory)
    })
  }

  async space(): Promise<{totalBytes: number; freeBytes: number}> {
    return {totalBytes: this.#bytesMax, freeBytes: Math.max(0, this.#bytesMax - bytesIn(this.#root))}
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locked.has(directory)) throw new CodedError('DATA_DIR_LOCKED', directory)
    await this.makeDirectory(directory)
    this.#locked.add(directory)
    return {release: async () => void this.#locked.delete(directory)}
  }

  #file(path: string, inode: Inode): DiskFile {
    return {
      read: async (target, position) => inode.cached.bytes.copy(target, 0, position, position + target.length),
      write: (bytes, position) => {
        const kept = Buffer.from(bytes)
        const written = (bytes: Uint8Array) => () => change(inode, {position, bytes})
        const part = kept.subarray(0, this.#random.below(kept.length + 1))
        const growth = Math.max(0, position + kept.length - inode.cached.length)
        if (this.#bytesMax < unlimitedBytes && bytesIn(this.#root) + growth > this.#bytesMax) {
          return Promise.reject(failure('ENOSPC', `write ${path}`))
        }
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
    this.crash()
    return never
  }

  #changeEntry(what: string, change: EntryChange): Promise<void> {
    return this.#call(what, () => {
      applyEntry('cached', change)
      this.#unsyncedEntries.push(change)
    })
  }

  #node(path: string): Node | null {
    let node: Node = this.#root
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue
      const child: Node | undefined = node instanceof Directory ? node.cached.get(name) : undefined
      if (child === undefined) return null
      node = child
    }
    return node
  }

  #inode(path: string): Inode {
    const node = this.#node(path)
    if (!(node instanceof Inode)) throw failure('ENOENT', `no ${path}`)
    return node
  }

  #directory(path: string): Directory {
    const node = this.#node(path)
    if (!(node instanceof Directory)) throw failure('ENOENT', `no directory ${path}`)
    return node
  }

  #survivingTree(directory: Directory): Directory {
    const survivor = new Directory()
    for (const [name, node] of directory.durable) {
      const left = node instanceof Directory ? this.#survivingTree(node) : this.#survivingFile(node)
      survivor.cached.set(name, left)
      survivor.durable.set(name, left)
    }
    return survivor
  }

  #survivingFile(inode: Inode): Inode {
    return new Inode(this.#survivors(inode))
  }

  /** The durable bytes with what fate leaves of each unsynced change. */
  #survivors({durable, unsynced}: Inode): Buffer {
    const left = new Content(durable.bytes)
    for (const made of unsynced) {
      const isFaulty = this.#random.next() < this.#faultyShare
      if (isFaulty && this.#tear === 'sector' && 'bytes' in made) {
        this.#tornAtSectors(left, made)
        continue
      }
      const fate = this.#random.pick(['gone', 'torn', 'garbage'] as const)
      if (isFaulty && fate === 'gone') continue
      if (!isFaulty || 'truncate' in made) {
        left.apply(made)
        continue
      }
      for (let from = 0; from < made.bytes.length; from += sectorBytes) {
        const sector = made.bytes.subarray(from, from + sectorBytes)
        const written = fate === 'torn' ? sector : sector.map((byte) => byte ^ (1 + this.#random.below(255)))
        if (this.#random.below(2) === 0) left.apply({position: made.position + from, bytes: written})
      }
    }
    return left.bytes
  }

  #tornAtSectors(left: Content, {position, bytes}: Extract<Change, {readonly position: number}>): void {
    const end = position + bytes.length
    for (let from = position; from < end; ) {
      const to = Math.min(end, from - (from % sectorBytes) + sectorBytes)
      const piece = bytes.subarray(from - position, to - position)
      const fate = this.#random.pick(['written', 'empty', 'garbage'] as const)
      if (fate === 'written') left.apply({position: from, bytes: piece})
      if (fate === 'empty') left.apply({position: from, bytes: new Uint8Array(piece.length)})
      if (fate === 'garbage')
        left.apply({position: from, bytes: piece.map((byte) => byte ^ (1 + this.#random.below(255)))})
      from = to
    }
  }
}

function copyOf(node: Node, copies: Map<Node, Node>): Node {
  const known = copies.get(node)
  if (known !== undefined) return known
  if (node instanceof Inode) {
    const inode = new Inode()
    inode.cached = new Content(node.cached.bytes)
    inode.durable = new Content(node.durable.bytes)
    inode.unsynced = [...node.unsynced]
    copies.set(node, inode)
    return inode
  }
  const directory = new Directory()
  copies.set(node, directory)
  for (const image of ['cached', 'durable'] as const) {
    for (const [name, child] of node[image]) directory[image].set(name, copyOf(child, copies))
  }
  return directory
}

const never = new Promise<never>(() => {})

function change(inode: Inode, made: Change): void {
  inode.cached.apply(made)
  inode.unsynced.push(made)
}

function syncUpTo(inode: Inode, count: number): void {
  for (const made of inode.unsynced.slice(0, count)) inode.durable.apply(made)
  inode.unsynced = inode.unsynced.slice(count)
}

function applyEntry(image: 'cached' | 'durable', {home, gone, come}: EntryChange): void {
  if (gone !== undefined) gone.from[image].delete(gone.name)
  if (come !== undefined) home[image].set(come.name, come.node)
}

function bytesIn(node: Node): number {
  if (node instanceof Inode) return node.cached.length
  return [...node.cached.values()].reduce((sum, child) => sum + bytesIn(child), 0)
}

function filesBelow(directory: Directory): string[] {
  return [...directory.cached].flatMap(([name, node]) =>
    node instanceof Directory ? filesBelow(node).map((path) => join(name, path)) : [name],
  )
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), {code})
}
