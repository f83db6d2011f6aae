/**
 * The keys of a cluster as a tree, with how many keys and bytes there are below each branch.
 */
import {CodedError} from '../../errors/coded-error.js'
import {type MetaReading, sourceOf} from '../../meta/reading.js'
import type {Listing} from '../listing.js'
import {wholeKey} from './show-meta.js'

export interface MetaBranch {
  /** The last part of its path, indented by its depth. */
  readonly branch: string
  readonly path: string
  readonly depth: number
  readonly keys: number
  /** Of keys and values. */
  readonly bytes: number
}

interface Node {
  readonly path: string
  readonly children: Map<string, Node>
  keys: number
  bytes: number
}

export interface TreeOptions {
  readonly prefix?: string
  readonly depth: number
  /** The largest first, instead of the order of the keys. */
  readonly isBySize?: boolean
  /** Of each branch only so many of the largest, and the others as one. */
  readonly top?: number | null
}

/** Errors: NOT_FOUND where there is nothing below `prefix`. */
export async function metaTree(
  meta: MetaReading,
  {prefix = '', depth, top = null, isBySize = top !== null}: TreeOptions,
): Promise<Listing<MetaBranch>> {
  const start = wholeKey(meta.keys, prefix)
  const root: Node = {path: start, children: new Map(), keys: 0, bytes: 0}
  for await (const {key, value} of meta.scan(start)) {
    const parts = key
      .slice(start.length)
      .split('/')
      .filter((part) => part !== '')
    let node = root
    grow(node, key.length + value.length)
    for (const part of parts.slice(0, depth)) {
      node = childOf(node, part)
      grow(node, key.length + value.length)
    }
  }
  if (root.keys === 0) {
    throw new CodedError('NOT_FOUND', `there is no key below ${start} (${sourceOf(meta)})`, {
      hint: 'vearchctl meta tree',
    })
  }
  return {rows: [...branches(root, start, 0, {isBySize, top})], source: sourceOf(meta), warnings: []}
}

function grow(node: Node, bytes: number): void {
  node.keys += 1
  node.bytes += bytes
}

function childOf(node: Node, part: string): Node {
  const known = node.children.get(part)
  if (known !== undefined) return known
  const made: Node = {path: `${node.path.replace(/\/$/, '')}/${part}`, children: new Map(), keys: 0, bytes: 0}
  node.children.set(part, made)
  return made
}

function* branches(
  {path, children, keys, bytes}: Node,
  name: string,
  depth: number,
  order: Required<Pick<TreeOptions, 'isBySize' | 'top'>>,
): Generator<MetaBranch> {
  yield {branch: indented(name, depth), path, depth, keys, bytes}
  const {isBySize, top} = order
  const below = isBySize ? [...children].sort(([, a], [, b]) => b.bytes - a.bytes) : [...children]
  for (const [part, child] of below.slice(0, top ?? below.length)) yield* branches(child, part, depth + 1, order)
  const others = top === null ? [] : below.slice(top)
  if (others.length === 0) return
  const sum = (of: (node: Node) => number) => others.reduce((total, [, node]) => total + of(node), 0)
  const rest = {keys: sum((node) => node.keys), bytes: sum((node) => node.bytes)}
  yield {branch: indented(`(${others.length} others)`, depth + 1), path, depth: depth + 1, ...rest}
}

function indented(name: string, depth: number): string {
  return `${'  '.repeat(depth)}${name}`
}
