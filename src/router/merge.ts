/**
 * Sorted hit lists of several partitions -> one, and the window of a result that a request asks for. Pure.
 *
 * Hits with equal scores stand in the order of their ids, so that the same answers always make the same result, whichever
 * partition was faster.
 */

import type {Hit} from '../engine/engine.js'
import {compareScores} from '../engine/metric.js'
import type {MetricType} from '../entity/field.js'

export type HitList = readonly Hit[]

/** The best `limit` of all lists; each must be sorted best first. */
export function mergeHits(lists: readonly HitList[], metric: MetricType, limit: number): HitList {
  const order = (a: Hit, b: Hit) => compareScores(metric, a.score, b.score) || compareText(a.document.id, b.document.id)
  const merged = mergeAll(
    lists.map((list) => withTiesInOrder(list, order)),
    order,
    limit,
  )
  return merged.length > limit ? merged.slice(0, limit) : merged
}

/** Halves of the lists, each merged: every hit takes part in log2(lists) comparisons. */
function mergeAll(lists: readonly HitList[], order: (a: Hit, b: Hit) => number, limit: number): HitList {
  if (lists.length <= 1) return lists[0] ?? []
  const middle = lists.length >> 1
  return mergeTwo(
    mergeAll(lists.slice(0, middle), order, limit),
    mergeAll(lists.slice(middle), order, limit),
    order,
    limit,
  )
}

function mergeTwo(left: HitList, right: HitList, order: (a: Hit, b: Hit) => number, limit: number): HitList {
  const merged: Hit[] = []
  let inLeft = 0
  let inRight = 0
  while (merged.length < limit) {
    const a = left[inLeft]
    const b = right[inRight]
    if (a !== undefined && (b === undefined || order(a, b) <= 0)) {
      merged.push(a)
      inLeft++
    } else if (b !== undefined) {
      merged.push(b)
      inRight++
    } else break
  }
  return merged
}

/** A partition sorts by score alone. */
function withTiesInOrder(list: HitList, order: (a: Hit, b: Hit) => number): HitList {
  for (let index = 1; index < list.length; index++) {
    const [before, after] = [list[index - 1], list[index]]
    if (before !== undefined && after !== undefined && order(before, after) > 0) return [...list].sort(order)
  }
  return list
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export interface PageRequest {
  readonly limit: number
  readonly offset: number
  readonly pageSize: number
  readonly pageNum: number
}

/** Positions in the whole ordered result: `from` inclusive, `to` exclusive. */
export interface Window {
  readonly from: number
  readonly to: number
}

/**
 * Data-plane spec §1.6 and §4.2: `offset` skips, `limit` bounds what is left, and pages (numbered from 1) divide that;
 * nothing beyond `limit` can be reached by paging.
 */
export function windowOf({limit, offset, pageSize, pageNum}: PageRequest): Window {
  const end = offset + limit
  if (pageSize <= 0 || pageNum <= 0) return {from: offset, to: end}
  const from = Math.min(end, offset + pageSize * (pageNum - 1))
  return {from, to: Math.min(end, from + pageSize)}
}
