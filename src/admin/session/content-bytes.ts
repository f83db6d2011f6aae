/** A file with metadata as it was before it was sealed, if it is sealed: with the passphrase that the target names. */
import type {Disk} from '../../env/disk.js'
import {CodedError} from '../../errors/coded-error.js'
import type {Target} from '../contexts/target.js'
import {readBytes, readText} from '../text-file.js'

/** Errors: NOT_FOUND, AUTHENTICATION_FAILED, DATA_CORRUPT; each names the file. */
export async function contentBytes(
  disk: Disk,
  path: string,
  {passphraseFile}: Pick<Target, 'passphraseFile'>,
): Promise<Uint8Array> {
  const bytes = await readBytes(disk, path)
  const {isSealed, unsealed} = await import('../../meta/offline/sealed-file.js')
  if (!isSealed(bytes)) return bytes
  if (passphraseFile === null) {
    throw new CodedError('AUTHENTICATION_FAILED', `${path} is encrypted`, {
      hint: 'name its passphrase: --passphrase-file',
    })
  }
  try {
    return unsealed(bytes, await passphraseIn(disk, passphraseFile))
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    const hint = thrown.errorName === 'AUTHENTICATION_FAILED' ? {hint: `see what ${passphraseFile} holds`} : {}
    throw new CodedError(thrown.errorName, `${path}: ${thrown.detail}`, {cause: thrown, ...hint})
  }
}

/** The text of a file but for the newline at its end. Errors: NOT_FOUND; USAGE for one that would protect nothing. */
export async function passphraseIn(disk: Disk, path: string): Promise<string> {
  const passphrase = (await readText(disk, path)).replace(/\r?\n$/, '')
  if (passphrase !== '') return passphrase
  throw new CodedError('USAGE', `${path} is empty, and no passphrase`)
}
