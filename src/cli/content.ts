import {Buffer} from 'node:buffer'
import {readBytes} from '../admin/text-file.js'
import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'

/** A file this large is not a record of metadata: etcd takes 1.5 MB, and a space with very many fields has a tenth of it. */
const bytesMax = 16 * 1024 * 1024

/** What an argument stands for: itself, `@FILE`, or `-` for stdin; without the newline that ends a text. Errors: NOT_FOUND, USAGE. */
export async function contentOf(argument: string, disk: Disk): Promise<Uint8Array> {
  if (argument === '-') return withoutNewline(await allOfStdin())
  if (argument.startsWith('@')) return withoutNewline(Buffer.from(await readBytes(disk, argument.slice(1))))
  return Buffer.from(argument)
}

async function allOfStdin(): Promise<Buffer> {
  if (process.stdin.isTTY) throw new CodedError('USAGE', 'there is no value', {hint: 'give it, @FILE, or pipe it in'})
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > bytesMax) throw new CodedError('USAGE', `stdin has more than ${bytesMax} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function withoutNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}
