import type {Key, RoleName} from './key.js'
import {type SectionName, schema} from './schema.js'

/** Sections that a file has only where it needs them; their keys stand commented out. */
const optional: readonly SectionName[] = ['etcd', 'tracer', 'tls']

/**
 * A configuration file for a role, or for all: every key that it reads, with what it means. Keys that have a default stand
 * there commented out; those that a file must have are the lines to fill in.
 */
export function configTemplate(role: RoleName | null): string {
  const sections = (Object.keys(schema) as SectionName[]).map((name) => sectionText(name, role))
  return `${sections.filter((text) => text !== '').join('\n')}`
}

function sectionText(name: SectionName, role: RoleName | null): string {
  const rows = Object.entries(schema[name]) as [string, Key<unknown>][]
  const used = rows.filter(([, {usedBy}]) => role === null || usedBy.includes(role))
  if (used.length === 0) return ''
  const header = name === 'masters' ? '[[masters]]' : `[${name}]`
  const isOptional = optional.includes(name)
  const lines = used.flatMap(([key, row]) => [`# ${row.note}`, keyLine(key, row, isOptional)])
  return `${isOptional ? '# ' : ''}${header}\n${lines.join('\n')}\n`
}

function keyLine(key: string, {fallback, expects, standIn}: Key<unknown>, isOptional: boolean): string {
  if (fallback !== undefined && fallback !== '') return `# ${key} = ${literal(fallback)}`
  if (fallback === '' || isOptional) return `# ${key} = ${literal(standIn)}  # ${expects}`
  return `${key} = ${literal(standIn)}  # ${expects}`
}

function literal(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : JSON.stringify(value)
}
