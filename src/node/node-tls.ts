import type {TlsConfig} from '../config/config.js'
import type {Disk} from '../env/disk.js'
import {type Tls, tlsOf} from '../env/net/tls.js'
import {CodedError} from '../errors/coded-error.js'

/** What `[tls]` asks of every connection between nodes. Errors: CONFIG_ERROR naming the key. */
export async function nodeTls(disk: Pick<Disk, 'readFile'>, {mutual, verify_host, ...files}: TlsConfig): Promise<Tls> {
  const read = async (key: keyof typeof files): Promise<Uint8Array> => {
    const bytes = await disk.readFile(files[key])
    if (bytes !== null) return bytes
    throw new CodedError('CONFIG_ERROR', `tls.${key}: there is no file ${files[key]}`, {
      hint: 'Put it there, or leave [tls] out of the file of every node.',
    })
  }
  const [cert, key, ca] = await Promise.all([read('cert_file'), read('key_file'), read('ca_file')])
  try {
    return tlsOf({cert, key, ca}, {mutual, verifyHost: verify_host})
  } catch (thrown) {
    throw new CodedError('CONFIG_ERROR', `tls: ${(thrown as Error).message}`, {
      hint: `cert_file and key_file must be PEM and belong together: openssl x509 -in ${files.cert_file} -noout -text`,
      cause: thrown,
    })
  }
}
