/**
 * The target that a command line names: its flags, the environment's, the contexts' (`admin/contexts/target.ts` says who wins).
 */
import {resolve} from 'node:path'
import type {InferredFlags} from '@oclif/core/interfaces'
import type {Contexts} from '../admin/contexts/contexts.js'
import {chooseTarget, type Target, type TargetFields} from '../admin/contexts/target.js'
import {type Context, contextFiles, contextKeys} from '../config/context.js'
import type {globalFlags} from './global-flags.js'

type Globals = InferredFlags<typeof globalFlags>

/**
 * `typed` are the names of the flags that stand on the command line; the values of others come from the environment.
 * Errors: NOT_FOUND, CONFIG_ERROR.
 */
export async function targetOf(globals: Globals, typed: ReadonlySet<string>, contexts: Contexts): Promise<Target> {
  const only = (names: 'typed' | 'environment') =>
    fieldsOf(pick(globals, (name) => typed.has(name) === (names === 'typed')))
  const [flags, environment] = [only('typed'), only('environment')]
  const sources = {named: typed.has('context') ? (globals.context ?? null) : null, flags, environment}
  // most targets need neither file read
  if (sources.named === null && (flags.etcd ?? flags.conf ?? flags.snapshot) !== undefined) {
    return chooseTarget({...sources, inUse: null, contexts: new Map()})
  }
  const [inUse, known] = await Promise.all([contexts.inUse(), contexts.targets()])
  return chooseTarget({...sources, inUse, contexts: known})
}

function pick(globals: Globals, isWanted: (name: string) => boolean): Partial<Globals> {
  return Object.fromEntries(Object.entries(globals).filter(([name]) => isWanted(name)))
}

function fieldsOf(flags: Partial<Globals>): TargetFields {
  const {cacert, cert, key} = flags
  const isInsecure = flags['insecure-skip-verify'] === true
  const hasTls = cacert !== undefined || cert !== undefined || isInsecure
  const tls = {ca: cacert ?? null, certificate: cert ?? null, key: key ?? null, isInsecure}
  return {
    conf: flags.conf,
    cluster: flags.cluster,
    etcd: flags.etcd,
    etcdUser: flags['etcd-user'],
    etcdPasswordFile: flags['etcd-password-file'],
    masters: flags.master,
    routers: flags.router,
    user: flags.user,
    passwordFile: flags['password-file'],
    tls: hasTls ? tls : undefined,
    snapshot: flags.snapshot,
    passphraseFile: flags['passphrase-file'],
    ...momentOf(flags.at),
    isReadOnly: flags['read-only'] === true ? true : undefined,
  }
}

/** Either says it alone, also over what the environment says. */
function momentOf(at: string | undefined): Pick<TargetFields, 'at' | 'atTime'> {
  if (at === undefined) return {}
  return /^\d+$/.test(at) ? {at: Number(at)} : {atTime: at}
}

/** What the flags say, as a context says it; files by their full path. */
export function contextOf(globals: Globals, typed: ReadonlySet<string>): Context {
  const said = Object.entries(globals).filter(([name]) => typed.has(name) && Object.hasOwn(contextKeys, name))
  const isFile = (name: string) => contextFiles.some((file) => file === name)
  return Object.fromEntries(said.map(([name, value]) => [name, isFile(name) ? resolve(String(value)) : value]))
}
