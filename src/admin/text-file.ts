import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'

/** Errors: NOT_FOUND. */
export async function readText(disk: Disk, path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(disk, path))
}

/** Errors: NOT_FOUND. */
export async function readBytes(disk: Disk, path: string): Promise<Uint8Array> {
  const bytes = await disk.readFile(path).catch((thrown: unknown) => {
    throw new CodedError('NOT_FOUND', `cannot read ${path}: ${(thrown as Error).message}`, {cause: thrown})
  })
  if (bytes === null) throw new CodedError('NOT_FOUND', `there is no file ${path}`)
  return bytes
}
