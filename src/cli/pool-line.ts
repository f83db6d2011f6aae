import type {PoolBalance} from '../admin/plan/rebalance.js'

/** `pool default: 0.50 → 0.00 (node 1: 3 → 2, node 2: 1 → 2)`. */
export function poolLine({pool, before, after, loads}: PoolBalance): string {
  const nodes = loads.map(({node, before: was, after: is}) => `node ${node}: ${was} → ${is}`).join(', ')
  return `pool ${pool}: ${before.toFixed(2)} → ${after.toFixed(2)} (${nodes})`
}
