/**
 * What a vector index type of Vearch is to the engine: pure descriptions, one file each, listed in `registry.ts`.
 *
 * A plan names one of the structures that the engine has. Where that is not what the type's name promises, the plan's
 * note says so, and the note is shown in the index's status.
 */
import type {MetricType} from '../../entity/field.js'

export type Structure =
  | {readonly kind: 'FLAT'}
  | {readonly kind: 'HNSW'; readonly m: number; readonly efConstruction: number}
  | {readonly kind: 'IVF'; readonly nList: number}

/** How wide a search looks: `ef` of a graph, or lists probed. */
export interface Effort {
  readonly ef?: number
  readonly nprobe?: number
}

export interface IndexPlan {
  readonly structure: Structure
  readonly note?: string
}

export type Params = Readonly<Record<string, unknown>>

export interface VectorIndexType {
  plan(index: {readonly params: Params; readonly metric: MetricType}): IndexPlan
  /** `request` are the parameters of one search, `index` those of the index: the former win. */
  effort(request: Params, index: Params): Effort
  /** Documents that must be there before the index is built by itself; until then searches scan. */
  trainingThreshold(params: Params): number
  /** False where only an explicit request builds the index. */
  readonly automatic: boolean
}

/** A positive whole number among the parameters, or the default; clients send numbers as strings, too. */
export function positive(params: Params, name: string, otherwise: number): number {
  const value = Number(params[name])
  return Number.isInteger(value) && value > 0 ? value : otherwise
}
