/**
 * Finds etcd and what it needs on this machine.
 */
import {execFile} from 'node:child_process'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import type {Disk} from '../env/disk.js'
import {CodedError} from '../errors/coded-error.js'
import {type EtcdVersion, parseEtcdVersion} from './etcd-spec.js'

const run = promisify(execFile)
const answerTimeoutMs = 5_000

export type Environment = Readonly<Record<string, string | undefined>>

/** The binary named by VEARCH_ETCD_BIN, else the first `etcd` on PATH, else null. */
export async function findEtcd(environment: Environment, disk: Disk): Promise<string | null> {
  const {VEARCH_ETCD_BIN, PATH = ''} = environment
  const candidates = VEARCH_ETCD_BIN
    ? [VEARCH_ETCD_BIN]
    : PATH.split(delimiter).flatMap((directory) => (directory === '' ? [] : [join(directory, 'etcd')]))
  for (const candidate of candidates) if (await disk.exists(candidate)) return candidate
  return null
}

export function etcdMissing({VEARCH_ETCD_BIN}: Environment): CodedError {
  const detail = VEARCH_ETCD_BIN
    ? `VEARCH_ETCD_BIN names ${VEARCH_ETCD_BIN}, which is not there`
    : 'there is no etcd on PATH'
  return new CodedError('ETCD_MISSING', detail, {
    hint: 'apt-get install --no-install-recommends etcd-server (on Debian it starts a service: systemctl disable --now etcd), or set VEARCH_ETCD_BIN, or set self_manage_etcd = true and name an [etcd] of your own',
  })
}

/** Throws ETCD_MISSING if it does not run. */
export async function etcdVersion(binary: string): Promise<EtcdVersion> {
  const {stdout} = await run(binary, ['--version'], {timeout: answerTimeoutMs}).catch((cause: unknown) => {
    throw new CodedError('ETCD_MISSING', `${binary} does not run: ${(cause as Error).message}`, {cause})
  })
  const version = parseEtcdVersion(stdout)
  if (version === null)
    throw new CodedError('ETCD_MISSING', `${binary} is not an etcd: it says ${JSON.stringify(stdout)}`)
  return version
}

/**
 * What to put before a command so that the kernel ends it with us, even after kill -9: `setpriv` of util-linux. Where there is
 * none (macOS, BusyBox) an orphan is found at the next start.
 */
export async function diesWithParent(): Promise<readonly string[]> {
  const prefix = ['setpriv', '--pdeathsig', 'KILL', '--']
  const [command = '', ...rest] = prefix
  const works = await run(command, [...rest, 'true'], {timeout: answerTimeoutMs}).then(
    () => true,
    () => false,
  )
  return works ? prefix : []
}
