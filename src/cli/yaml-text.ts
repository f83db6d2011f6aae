import {jsonText} from './json-text.js'

/** Data as YAML, in blocks; a text that YAML would read as something else is quoted as in JSON, which YAML understands. */
export function yamlText(value: unknown): string {
  return `${block(value, '')}\n`.replace(/^\n/, '')
}

const plain = /^[\p{L}_/][\p{L}\p{N}_/.@+-]*(?: [\p{L}\p{N}_/.@+(-][\p{L}\p{N}_/.@+()-]*)*$/u
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return value.map((item) => `\n${indent}- ${block(item, `${indent}  `).trimStart()}`).join('')
  }
  if (typeof value !== 'object' || value === null) return scalar(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  if (fields.length === 0) return '{}'
  return fields.map(([name, field]) => `\n${indent}${scalar(name)}:${after(field, indent)}`).join('')
}

function after(value: unknown, indent: string): string {
  const text = block(value, `${indent}  `)
  return text.startsWith('\n') ? text : ` ${text}`
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return value === undefined ? 'null' : String(value)
  return plain.test(value) && !reserved.test(value) ? value : jsonText(value)
}
