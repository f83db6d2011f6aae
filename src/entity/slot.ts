/**
 * From a document's id to its partition: murmur3 -> slot -> the partition that owns the slot.
 *
 * The slot space is 0 to 2^32 - 1. A space's partitions divide it evenly in list order, so the owner of a slot is the
 * last partition whose lower bound does not exceed it (data-plane spec §3.1).
 */
import {Buffer} from 'node:buffer'
import type {Partition} from './partition.js'

const slotMax = 4_294_967_295

/** MurmurHash3 x86_32 with seed 0 over the id's UTF-8 bytes. */
export function slotOf(documentId: string): number {
  const bytes = Buffer.from(documentId, 'utf8')
  const blockBytes = bytes.length & ~3
  let hash = 0
  for (let offset = 0; offset < blockBytes; offset += 4) {
    hash ^= scramble(bytes.readUInt32LE(offset))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let offset = bytes.length - 1; offset >= blockBytes; offset--) tail = (tail << 8) | bytes.readUInt8(offset)
  hash ^= scramble(tail) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

/** The lower slot bound of each of `count` partitions. */
export function slotBounds(count: number): number[] {
  const width = Math.floor(slotMax / count)
  return Array.from({length: count}, (_, index) => index * width)
}

/** The index of the partition that owns `slot`, given the partitions' lower bounds in ascending order. */
export function ownerOf(slot: number, lowerBounds: readonly number[]): number {
  let low = 0
  let high = lowerBounds.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lowerBounds[middle] ?? 0) <= slot) low = middle
    else high = middle - 1
  }
  return low
}

/** First and last slot of one of a space's partitions: up to the next of its range, whose name both have. */
export function slotsAt(
  partitions: readonly Pick<Partition, 'name' | 'partition_slot'>[],
  index: number,
): [number, number] {
  const own = partitions[index]
  let next = index + 1
  while (next < partitions.length && partitions[next]?.name !== own?.name) next++
  return [own?.partition_slot ?? 0, (partitions[next]?.partition_slot ?? slotMax + 1) - 1]
}
