/** What a client may write as a range rule (control-plane spec §4.7, data-plane spec §2.7). */
import {parseTimestamp} from './date.js'
import {type FieldSpec, FieldType, fieldTypeOf} from './field.js'
import {isObject} from './json.js'

export const rangesMax = 1_024
export const partitionsTotalMax = 16_384

/** Why the rule does not fit the fields, which are valid themselves, or null: then it is a `PartitionRule`. */
export function partitionRuleFault(rule: unknown, fields: readonly FieldSpec[], partitionNum: number): string | null {
  if (!isObject(rule)) return 'partition_rule should be an object'
  if (rule.type !== 'RANGE') return 'now only support partition type of RANGE'
  const field = fields.find(({name}) => name === rule.field)
  if (field === undefined) return `partition field [${rule.field ?? ''}] not in space fields`
  if (fieldTypeOf(field) !== FieldType.date) {
    return 'currently only partition field with DATE data type are supported'
  }
  const fault = rangesFault(rule.ranges)
  if (fault !== null) return fault
  const total = (rule.ranges as readonly unknown[]).length * partitionNum
  return total > partitionsTotalMax ? `partitions:[${total}] should not exceed ${partitionsTotalMax}` : null
}

function rangesFault(ranges: unknown): string | null {
  if (!Array.isArray(ranges) || ranges.length === 0) return 'partition_rule ranges can not be empty'
  if (ranges.length > rangesMax) return `partition_rule ranges:[${ranges.length}] should not exceed ${rangesMax}`
  const names = new Set<string>()
  let before: {readonly text: string; readonly bound: bigint} | null = null
  for (const [position, range] of ranges.entries()) {
    const {name, value}: Readonly<Record<string, unknown>> = isObject(range) ? range : {}
    if (typeof name !== 'string' || name === '') return `ranges[${position}] name can not be empty`
    if (typeof value !== 'string' || value === '') return `ranges[${position}] value can not be empty`
    if (names.has(name)) return `range partition name [${name}] can not be duplicate`
    names.add(name)
    const bound = parseTimestamp(value)
    if (bound === null) return `range partition value [${value}] can not be parsed as date`
    if (before !== null && bound <= before.bound) {
      return `range partition value needs to be increasing, but ${value} follows ${before.text}`
    }
    before = {text: value, bound}
  }
  return null
}
