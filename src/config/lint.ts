/**
 * What a file may say and had better not. Pure; faults are `load.ts`'s matter.
 */
import {isAbsolute} from 'node:path'
import type {Config} from './config.js'
import type {Finding, LoadedConfig} from './loaded.js'

interface Advice {
  readonly key: string
  readonly severity: 'warning' | 'note'
  readonly text: string
  readonly hint: string
}

export function lintConfig({config, values}: LoadedConfig): Finding[] {
  if (config === null) return []
  const lines = new Map(values.map(({key, origin}) => [key, origin.from === 'file' ? origin.line : null]))
  return [...security(config), ...paths(config), ...masters(config), ...timing(config)].map((advice) => ({
    ...advice,
    line: lines.get(advice.key) ?? null,
  }))
}

const warning = (key: string, text: string, hint: string): Advice => ({key, severity: 'warning', text, hint})
const note = (key: string, text: string, hint: string): Advice => ({key, severity: 'note', text, hint})

/** Passwords that are in Vearch's own files and documents. */
const publicSignkeys = new Set(['secret', 'vearch', 'root'])

function security({global, masters, tls}: Config): Advice[] {
  const {signkey, skip_auth} = global
  if (masters.every(({address}) => isLoopback(address))) return []
  const open = 'leaves master and router open to everyone who reaches them'
  const known = 'is a password that everybody knows'
  return [
    ...(skip_auth ? [warning('global.skip_auth', open, 'set it to false, and signkey to a secret')] : []),
    ...(tls?.verify_host === false && !tls.mutual
      ? [note('tls.verify_host', 'takes any certificate that ca_file signed', 'let ca_file sign nothing but nodes')]
      : []),
    ...(publicSignkeys.has(signkey)
      ? [warning('global.signkey', known, 'set it to a secret before the first start')]
      : []),
  ]
}

function paths({global: {data, log}, tls}: Config): Advice[] {
  const relative = 'is relative: another working directory is another node'
  const temporary = 'is a temporary directory'
  const certificates = (['cert_file', 'key_file', 'ca_file'] as const).flatMap((key) =>
    tls === null ? [] : [[`tls.${key}`, tls[key]] as const],
  )
  const directories = [...data.map((path) => ['global.data', path] as const), ['global.log', log] as const]
  return [...directories, ...certificates].flatMap(([key, path]) => [
    ...(isAbsolute(path) ? [] : [warning(key, `${relative} (${path})`, 'write the whole path')]),
    ...(/^(\/private)?\/tmp(\/|$)|^\/var\/tmp(\/|$)/.test(path)
      ? [warning(key, `${temporary} (${path})`, 'put it where the system does not clean up')]
      : []),
  ])
}

function masters({masters, global}: Config): Advice[] {
  const local = masters.filter(({address}) => isLoopback(address))
  const count = masters.length
  return [
    ...(local.length > 0 && local.length < count
      ? [warning('masters', 'mixes loopback with other addresses', 'every node must reach every master')]
      : []),
    ...(count === 1 && !global.self_manage_etcd
      ? [note('masters', 'is one: while it is down nothing can be created or moved', 'three survive the loss of one')]
      : []),
    ...(count > 1 && count % 2 === 0
      ? [warning('masters', `are ${count}: they survive no more losses than ${count - 1}`, 'use an odd number')]
      : []),
  ]
}

function timing({ps, router, global}: Config): Advice[] {
  const leaseMs = ps.ps_heartbeat_timeout * 1000
  /** Vearch's raft elects after at most 9 ticks without a heartbeat. */
  const electionMs = ps.heartbeat_interval * 9
  return [
    ...(ps.rpc_timeout >= 1000
      ? [
          warning(
            'ps.rpc_timeout',
            `is ${ps.rpc_timeout} seconds`,
            'it is in seconds; router.rpc_timeout is in milliseconds',
          ),
        ]
      : []),
    ...(router.rpc_timeout < 100
      ? [
          warning(
            'router.rpc_timeout',
            `is ${router.rpc_timeout} milliseconds`,
            'it is in milliseconds; ps.rpc_timeout is in seconds',
          ),
        ]
      : []),
    ...(leaseMs < electionMs
      ? [
          warning(
            'ps.ps_heartbeat_timeout',
            `ends before an election can (${electionMs} ms)`,
            'raise it, or lower heartbeat_interval',
          ),
        ]
      : []),
    ...(global.resource_limit_rate > 0.95
      ? [warning('global.resource_limit_rate', 'leaves no room to compact or to rebuild', 'stay at 0.9 or below')]
      : []),
    ...(global.level === 'DEBUG' || global.level === 'TRACE'
      ? [note('global.level', `is ${global.level}: every request is logged`, 'use INFO in production')]
      : []),
  ]
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}
