import {stringifyJson} from '../entity/json.js'
import {type Disk, writeFileAtomic} from '../env/disk.js'

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringifyJson(value))
}

/** Old or new after a crash, never half; durable on return. */
export function writeJson(disk: Disk, path: string, value: unknown): Promise<void> {
  return writeFileAtomic(disk, path, encodeJson(value))
}
