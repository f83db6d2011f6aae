/**
 * The documents that clients write: everything in one follows from its value, so that who reads it can tell whether it is
 * whole, and who knows the history of values can compute every search.
 *
 * The components of a vector are small whole numbers: scores are exact in float32, and many documents tie.
 */
import {scoreOf as metricScore} from '../../src/engine/metric.js'
import {hash32} from './hash.js'

export const dimension = 4
const componentEnd = 4
export const numberEnd = 100

export interface Document {
  readonly _id: string
  readonly value: string
  readonly number: number
  readonly v: readonly number[]
}

export function documentOf(id: string, value: string): Document {
  return {_id: id, value, number: numberOf(value), v: vectorOf(value)}
}

export function numberOf(value: string): number {
  return hash32(`number ${value}`) % numberEnd
}

export function vectorOf(value: string): readonly number[] {
  return Array.from({length: dimension}, (_, at) => hash32(`${at} ${value}`) % componentEnd)
}

/** By the space's metric, the squared distance: less is better. */
export function scoreOf(value: string, query: readonly number[]): number {
  return metricScore('L2', Float32Array.from(vectorOf(value)), Float32Array.from(query))
}

/** What is wrong with a document that was served, as far as it shows; null if nothing is. */
export function misshape(read: Readonly<Record<string, unknown>>): string | null {
  const {_id, value} = read
  if (typeof _id !== 'string' || typeof value !== 'string') return `it has no id or no value: ${JSON.stringify(read)}`
  const whole: Readonly<Record<string, unknown>> = {...documentOf(_id, value)}
  const wrong = Object.keys(whole).filter(
    (field) => field in read && JSON.stringify(read[field]) !== JSON.stringify(whole[field]),
  )
  return wrong.length === 0
    ? null
    : wrong.map((field) => `${field} is ${JSON.stringify(read[field])} with value ${value}`).join(', ')
}

/** What the space needs, as the body of the request that creates it. */
export function spaceRequest(name: string, partitions: number, replicas: number): object {
  const index = {name: 'v', type: 'FLAT', params: {metric_type: 'L2'}}
  return {
    name,
    partition_num: partitions,
    replica_num: replicas,
    fields: [
      {name: 'value', type: 'string'},
      {name: 'number', type: 'integer', index: {name: 'number', type: 'SCALAR'}},
      {name: 'v', type: 'vector', dimension, index},
    ],
  }
}
