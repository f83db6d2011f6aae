/**
 * A small file that only this program reads: JSON, under the number of its format and a checksum of both. However the body may
 * change with the format, the seal stays as it is: damage is told from what is too new.
 *
 *     {"format":1,"crc32":2774158632,"body":{…}}
 *
 * Files of the versions before that had the body alone.
 */
import {crc32} from 'node:zlib'
import {parseJson, stringifyJson} from '../entity/json.js'
import {type Disk, writeFileAtomic} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'
import {tooNew} from '../errors/too-new.js'

const format = 1
const sealed = /^\{"format":(\d{1,9}),"crc32":(\d{1,10}),"body":(.*)\}$/s
const sealNames = ['format', 'crc32', 'body']

/** Null if there is no such file. Errors: DATA_CORRUPT, DATA_TOO_NEW. */
export async function readSealed<T extends object>(disk: Disk, path: string): Promise<T | null> {
  const bytes = await disk.readFile(path)
  if (bytes === null) return null
  const [, found, checksum, body] = sealed.exec(textOf(bytes, path)) ?? []
  if (body === undefined) return parsedBare<T>(bytes, path)
  if (checksumOf(Number(found), body) !== Number(checksum)) throw damaged(path)
  if (Number(found) > format) throw tooNew(path, Number(found), format)
  return parseJson(body) as T
}

/** Old or new after a crash, never half; durable on return. */
export function writeSealed(disk: Disk, path: string, value: object): Promise<void> {
  const body = stringifyJson(value)
  const text = `{"format":${format},"crc32":${checksumOf(format, body)},"body":${body}}`
  return writeFileAtomic(disk, path, new TextEncoder().encode(text))
}

function checksumOf(number: number, body: string): number {
  return crc32(body, crc32(String(number)))
}

export function isDamage(thrown: unknown): boolean {
  return thrown instanceof CodedError && thrown.errorName === 'DATA_CORRUPT'
}

function parsedBare<T extends object>(bytes: Uint8Array, path: string): T {
  let value: unknown
  try {
    value = parseJson(textOf(bytes, path))
  } catch {
    throw damaged(path)
  }
  if (typeof value !== 'object' || value === null) throw damaged(path)
  if (sealNames.some((name) => Object.hasOwn(value, name))) throw damaged(path)
  return value as T
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw damaged(path)
  }
}

function damaged(path: string): CodedError {
  return new CodedError('DATA_CORRUPT', `${path} is not what was written to it`)
}
