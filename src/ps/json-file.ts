import {parseJson, stringifyJson} from '../entity/json.js'
import {type Disk, writeFileAtomic} from '../env/disk.js'

/** Null if there is no such file. What is in it was written by `writeJson`; SyntaxError if it was not. */
export async function readJson<T>(disk: Disk, path: string): Promise<T | null> {
  const bytes = await disk.readFile(path)
  return bytes === null ? null : (parseJson(new TextDecoder().decode(bytes)) as T)
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringifyJson(value))
}

/** Old or new after a crash, never half; durable on return. */
export function writeJson(disk: Disk, path: string, value: unknown): Promise<void> {
  return writeFileAtomic(disk, path, encodeJson(value))
}
