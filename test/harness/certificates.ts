/** Certificates for tests, made by openssl: an authority, and what it signs. */
import {execFile} from 'node:child_process'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import type {Certificates} from '../../src/env/net/tls.js'

const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args)
const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']

export class Authority {
  private constructor(readonly directory: string) {}

  static async make(): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'certificates-')))
    const {ca_file, keyOf} = authority
    await openssl('req', '-x509', ...ecKey, '-subj', '/CN=authority', '-keyout', keyOf('ca'), '-out', ca_file)
    return authority
  }

  get ca_file(): string {
    return join(this.directory, 'ca.pem')
  }

  /** For whoever is reached at `address`. */
  async sign(name: string, address = '127.0.0.1'): Promise<{readonly cert_file: string; readonly key_file: string}> {
    const [cert_file, key_file] = [join(this.directory, `${name}.pem`), this.keyOf(name)]
    const signer = ['-CA', this.ca_file, '-CAkey', this.keyOf('ca')]
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${address}`]
    await openssl('req', '-x509', ...ecKey, ...subject, ...signer, '-keyout', key_file, '-out', cert_file)
    return {cert_file, key_file}
  }

  async certificates(name: string, address?: string): Promise<Certificates> {
    const {cert_file, key_file} = await this.sign(name, address)
    const [cert, key, ca] = await Promise.all([readFile(cert_file), readFile(key_file), readFile(this.ca_file)])
    return {cert, key, ca}
  }

  readonly keyOf = (name: string) => join(this.directory, `${name}.key`)

  remove(): Promise<void> {
    return rm(this.directory, {recursive: true})
  }
}
