/**
 * The operator's contexts: what `contexts.toml` says, which one is in use, and which was before it (`context use -`).
 *
 * The choice is kept apart from the file, in the state directory: to use another context changes nothing that a person
 * wrote. A protected or read-only context is so for this tool only; etcd's own users and roles are what stops others.
 */
import {homedir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {type Context, contextFiles} from '../../config/context.js'
import type {Disk} from '../../env/disk.js'
import {writePrivately} from '../../env/private-file.js'
import {CodedError} from '../../errors/coded-error.js'
import {stateDirectory} from '../changes/journal.js'
import type {Listing} from '../listing.js'
import {noContext, type TargetFields} from './target.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface ContextRow extends Context {
  readonly name: string
  readonly inUse: boolean
}

export interface ContextField {
  readonly key: string
  readonly value: unknown
}

interface Choice {
  readonly current: string | null
  readonly previous: string | null
}

export class Contexts {
  readonly path: string
  readonly #choicePath: string
  /** By path, on a dry run. */
  readonly #unwritten = new Map<string, string>()

  constructor(
    private readonly disk: Disk,
    private readonly environment: Environment,
    /** Nothing is written, and what would be is seen by whoever asks this object afterwards. */
    private readonly isDryRun = false,
  ) {
    const configHome = environment.XDG_CONFIG_HOME || join(homedir(), '.config')
    this.path = join(configHome, 'vearchctl', 'contexts.toml')
    this.#choicePath = join(stateDirectory(environment), 'context.json')
  }

  /** By name, in the file's order. Errors: CONFIG_ERROR. */
  async all(): Promise<ReadonlyMap<string, Context>> {
    const text = await this.text()
    if (text === '') return new Map()
    return (await import('../../config/contexts.js')).parseContexts(text, this.path)
  }

  /** Empty where there is no file. */
  async text(): Promise<string> {
    return (await this.#read(this.path)) ?? ''
  }

  /** What a target may take from each. */
  async targets(): Promise<ReadonlyMap<string, TargetFields>> {
    return new Map([...(await this.all())].map(([name, context]) => [name, this.#fields(context)]))
  }

  /** Null where none is, or where the one in use is no longer there. */
  async inUse(): Promise<string | null> {
    return this.environment.VEARCHCTL_CONTEXT || (await this.#choice()).current
  }

  async list(): Promise<Listing<ContextRow>> {
    const [all, inUse] = await Promise.all([this.all(), this.inUse()])
    const rows = [...all].map(([name, context]) => ({name, inUse: name === inUse, ...context}))
    return {rows, source: this.path, warnings: []}
  }

  /** The one in use, if none is named. Errors: NOT_FOUND. */
  async show(name: string | null): Promise<Listing<ContextField>> {
    const [all, inUse] = await Promise.all([this.all(), this.inUse()])
    const wanted = name ?? inUse
    if (wanted === null) {
      throw new CodedError('NOT_FOUND', 'no context is in use', {hint: 'vearchctl context use NAME'})
    }
    const context = all.get(wanted)
    if (context === undefined) throw noContext(wanted, [...all.keys()])
    const rows = Object.entries({name: wanted, ...context}).map(([key, value]) => ({key, value}))
    return {rows, source: this.path, warnings: []}
  }

  /** `-` is the one before; returns the name. Errors: NOT_FOUND. */
  async use(asked: string): Promise<string> {
    const {current, previous} = await this.#choice()
    if (asked === '-' && previous === null) throw new CodedError('NOT_FOUND', 'there is no previous context')
    const name = asked === '-' ? (previous ?? '') : asked
    const all = await this.all()
    if (!all.has(name)) throw noContext(name, [...all.keys()])
    await this.#choose({current: name, previous: name === current ? previous : current})
    return name
  }

  /** Errors: GUARD_FAILED where there is one of that name. */
  async create(name: string, context: Context): Promise<void> {
    const {requireContextName, withContext} = await import('../../config/contexts.js')
    requireContextName(name)
    if ((await this.all()).has(name)) {
      throw new CodedError('GUARD_FAILED', `there is a context ${name} already`, {hint: 'vearchctl context edit'})
    }
    await this.#write(this.path, withContext(await this.text(), name, context))
  }

  async delete(name: string): Promise<void> {
    const all = await this.all()
    if (!all.has(name)) throw noContext(name, [...all.keys()])
    const {withoutContext} = await import('../../config/contexts.js')
    await this.#write(this.path, withoutContext(await this.text(), name))
    const {current, previous} = await this.#choice()
    const unless = (chosen: string | null) => (chosen === name ? null : chosen)
    await this.#choose({current: unless(current), previous: unless(previous)})
  }

  async #choice(): Promise<Choice> {
    const text = await this.#read(this.#choicePath)
    if (text === null) return {current: null, previous: null}
    try {
      const {current = null, previous = null} = JSON.parse(text) as Partial<Choice>
      return {current, previous}
    } catch {
      // a choice is made again in a moment, and no command should fail for it
      return {current: null, previous: null}
    }
  }

  #choose(choice: Choice): Promise<void> {
    return this.#write(this.#choicePath, `${JSON.stringify(choice)}\n`)
  }

  async #read(path: string): Promise<string | null> {
    const bytes = await this.disk.readFile(path)
    return this.#unwritten.get(path) ?? (bytes === null ? null : new TextDecoder().decode(bytes))
  }

  async #write(path: string, text: string): Promise<void> {
    if (this.isDryRun) this.#unwritten.set(path, text)
    else await writePrivately(path, text)
  }

  #fields(context: Context): TargetFields {
    const files = Object.fromEntries(contextFiles.map((key) => [key, this.#file(context[key])]))
    const {cacert = null, cert = null, key = null} = files
    const isInsecure = context['insecure-skip-verify'] === true
    const hasTls = cacert !== null || cert !== null || isInsecure
    return {
      conf: files.conf,
      cluster: context.cluster,
      etcd: context.etcd,
      etcdUser: context['etcd-user'],
      etcdPasswordFile: files['etcd-password-file'],
      masters: context.master,
      routers: context.router,
      user: context.user,
      passwordFile: files['password-file'],
      tls: hasTls ? {ca: cacert, certificate: cert, key, isInsecure} : null,
      isProtected: context.protected,
      isReadOnly: context['read-only'],
      language: context.lang,
    }
  }

  /** `~` is the home directory; other relative paths begin at the contexts' file. */
  #file(path: string | undefined): string | null {
    if (path === undefined) return null
    return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(dirname(this.path), path)
  }
}
