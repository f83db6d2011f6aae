/** Where a fact comes from: shown beside it, so that whoever reads it can look for themselves. */
import type {NodeId} from '../../entity/ids.js'

export type Source =
  | {readonly from: 'metadata'; readonly key: string; readonly revision: number}
  | {readonly from: 'store'; readonly question: string}
  | {readonly from: 'node'; readonly node: NodeId; readonly question: string}
  | {readonly from: 'master'; readonly master: string; readonly question: string}
  | {readonly from: 'disk'; readonly path: string}
  | {readonly from: 'config'; readonly path: string; readonly line: number | null}
  | {readonly from: 'journal'; readonly path: string}

/** The same in every language: `/vearch/partition/3@17`, `node 3 partitionInfo`, `http://m1:8817 GET /servers`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case 'metadata':
      return `${source.key}@${source.revision}`
    case 'store':
      return `etcd ${source.question}`
    case 'node':
      return `node ${source.node} ${source.question}`
    case 'master':
      return `${source.master} ${source.question}`
    case 'config':
      return source.line === null ? source.path : `${source.path}:${source.line}`
    default:
      return source.path
  }
}
