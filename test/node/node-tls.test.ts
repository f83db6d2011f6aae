import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {TlsConfig} from '../../src/config/config.js'
import {systemDisk} from '../../src/env/disk.js'
import {nodeTls} from '../../src/node/node-tls.js'
import {Authority} from '../harness/certificates.js'

let authority: Authority
let sound: TlsConfig

beforeAll(async () => {
  authority = await Authority.make()
  sound = {...(await authority.sign('node')), ca_file: authority.ca_file, mutual: true, verify_host: true}
})
afterAll(() => authority.remove())

describe('[tls]', () => {
  it('becomes what both ends of a connection are given', async () => {
    const {dial, listen} = await nodeTls(systemDisk, sound)
    expect(listen).toMatchObject({requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3'})
    expect(dial.cert).toEqual(listen.cert)
    expect((await nodeTls(systemDisk, {...sound, mutual: false})).dial.cert).toBeUndefined()
  })

  it('is refused where a file is missing, naming its key', async () => {
    await expect(nodeTls(systemDisk, {...sound, ca_file: '/nowhere/ca.pem'})).rejects.toMatchObject({
      errorName: 'CONFIG_ERROR',
      detail: 'tls.ca_file: there is no file /nowhere/ca.pem',
    })
  })

  it('is refused where certificate and key do not belong together', async () => {
    const {key_file} = await authority.sign('another')
    await expect(nodeTls(systemDisk, {...sound, key_file})).rejects.toMatchObject({errorName: 'CONFIG_ERROR'})
    const empty = join(authority.directory, 'empty.pem')
    await writeFile(empty, '')
    await expect(nodeTls(systemDisk, {...sound, cert_file: empty})).rejects.toMatchObject({errorName: 'CONFIG_ERROR'})
  })
})
