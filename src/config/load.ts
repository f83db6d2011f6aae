/**
 * From the text of a TOML file to the configuration in force.
 *
 * Pure: reading the file is the caller's job. Never throws: whatever is wrong becomes a finding with its key, its line
 * and what to do, and all findings of a file come together. Reads what Vearch reads (keys in any case, unknown keys
 * without effect, old spellings), and says so where Vearch is silent.
 *
 * Reading order: `schema.ts` (the keys), `written.ts` (what the file says), this, `ports.ts` (clashes), `lint.ts` (what
 * is allowed but unwise).
 */
import toml from '@iarna/toml'
import type {
  Config,
  EtcdConfig,
  GlobalConfig,
  MasterConfig,
  PsConfig,
  RouterConfig,
  TlsConfig,
  TracerConfig,
} from './config.js'
import type {Key} from './key.js'
import type {ConfigValue, Finding, LoadedConfig, Origin} from './loaded.js'
import {portClashes} from './ports.js'
import {type SectionName, schema} from './schema.js'
import {tomlLines} from './toml-lines.js'
import {type TomlSection, WrittenFile, type WrittenSection} from './written.js'

export function loadConfig(text: string, path: string): LoadedConfig {
  // the parser refuses the carriage return of a line that ends in a comment
  const content = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  let file: TomlSection
  try {
    file = toml.parse(content)
  } catch (thrown) {
    return {path, config: null, values: [], findings: [syntaxFault(thrown)]}
  }
  const loader = new Loader(new WrittenFile(file, tomlLines(content)))
  const config = loader.config()
  const findings = [...loader.file.findings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const isUsable = findings.every(({severity}) => severity !== 'error')
  return {path, config: isUsable ? config : null, values: [...loader.values.values()], findings}
}

function syntaxFault(thrown: unknown): Finding {
  const {message, line} = thrown as {message: string; line?: number}
  const [reason = ''] = message.split(' at row ')
  const hint = 'the rest of the file is checked once this is mended'
  return {severity: 'error', key: '', line: line === undefined ? null : line + 1, text: `not TOML: ${reason}`, hint}
}

class Loader {
  /** By key; a faulty one is not among them. */
  readonly values = new Map<string, ConfigValue>()

  constructor(readonly file: WrittenFile) {}

  /** The whole configuration, with stand-ins where there are faults, so that every check can run. */
  config(): Config {
    const {file} = this
    const etcd = file.section('etcd')
    const tracer = file.section('tracer')
    const tls = file.section('tls')
    const config: Config = {
      global: this.#read<GlobalConfig>('global', 'global', file.section('global')),
      etcd: etcd === null ? null : this.#read<EtcdConfig>('etcd', 'etcd', etcd),
      masters: file.masters().map((section) => this.#read<MasterConfig>('masters', section.path, section)),
      router: this.#read<RouterConfig>('router', 'router', file.section('router')),
      ps: this.#read<PsConfig>('ps', 'ps', file.section('ps')),
      tracer: tracer === null ? null : this.#read<TracerConfig>('tracer', 'tracer', tracer),
      tls: tls === null ? null : this.#read<TlsConfig>('tls', 'tls', tls),
    }
    return this.#checkTogether({
      ...config,
      global: this.#completeGlobal(config.global),
      masters: this.#completeMasters(config.masters),
    })
  }

  /** One table, row by row. The schema's type says that the rows make up a `T`. */
  #read<T>(name: SectionName, path: string, section: WrittenSection | null): T {
    const rows: Readonly<Record<string, Key<unknown>>> = schema[name]
    return Object.fromEntries(
      Object.entries(rows).map(([key, row]) => [key, this.#value(`${path}.${key}`, row, section?.values.get(key))]),
    ) as T
  }

  #value(key: string, row: Key<unknown>, written: {value: unknown; line: number | null} | undefined): unknown {
    const reading = written === undefined ? null : row.read(written.value)
    if (written !== undefined && reading !== null) {
      return this.#keep(key, row, reading.value, {from: 'file', line: written.line})
    }
    if (written !== undefined) {
      const found = row.isSecret ? 'something else' : show(written.value)
      this.file.fault(key, `must be ${row.expects}, not ${found}`, row.note)
    } else if (row.fallback !== undefined) {
      return this.#keep(key, row, row.fallback, {from: 'default', why: row.note})
    } else {
      this.file.fault(key, 'is missing', row.note)
    }
    return row.fallback ?? row.standIn
  }

  #keep(key: string, row: Key<unknown>, value: unknown, origin: Origin): unknown {
    this.values.set(key, {key, value, origin, isPort: row.isPort, isSecret: row.isSecret})
    return value
  }

  #derive<T>(key: string, row: Key<T>, value: T, why: string): T {
    this.#keep(key, row, value, {from: 'derived', why})
    return value
  }

  #completeGlobal(global: GlobalConfig): GlobalConfig {
    const {log, resource_name, signkey} = schema.global
    const misplaced = this.file.misplaced.find(({name, value}) => name === 'signkey' && typeof value === 'string')
    return {
      ...global,
      log:
        global.log ||
        this.#derive('global.log', log, `${global.data[0] ?? '.'}/logs`, 'inside the first data directory'),
      resource_name:
        global.resource_name || this.#derive('global.resource_name', resource_name, 'default', 'it is empty'),
      signkey:
        global.signkey ||
        (misplaced === undefined
          ? ''
          : this.#derive('global.signkey', signkey, String(misplaced.value), `from ${misplaced.key}`)),
    }
  }

  #completeMasters(masters: readonly MasterConfig[]): MasterConfig[] {
    return masters.map((master, index) => {
      const key = `masters[${index}].name`
      const name = master.name || this.#derive(key, schema.masters.name, `m${index + 1}`, 'by its position in the file')
      const first = masters.findIndex((other) => other.name === name)
      if (first >= 0 && first < index) {
        this.file.fault(key, `is "${name}", as is masters[${first}].name`, 'give every master its own name')
      }
      return {...master, name}
    })
  }

  /** Checks that need more than one key. */
  #checkTogether(config: Config): Config {
    const {global, etcd} = config
    if (global.signkey === '' && !global.skip_auth && this.values.has('global.signkey')) {
      this.file.fault(
        'global.signkey',
        'is missing or empty, and is root’s password',
        'set it, or set skip_auth = true',
      )
    }
    if (global.self_manage_etcd && (etcd === null || etcd.address.length === 0)) {
      this.file.fault('etcd.address', 'is missing, though self_manage_etcd = true', 'name the hosts of your etcd')
    }
    if (global.support_etcd_auth && (etcd === null || etcd.user_name === '')) {
      this.file.fault('etcd.user_name', 'is missing, though support_etcd_auth = true', 'set it with its password')
    }
    const clashes = portClashes(config.masters, [...this.values.values()])
    const located = clashes.map((finding) => ({...finding, line: finding.line ?? this.file.lineOf(finding.key)}))
    this.file.findings.push(...located, ...this.#misplaced(global))
    return config
  }

  /** Keys of [global] that stand elsewhere: worth a warning only where their writer would be surprised. */
  #misplaced({skip_auth, signkey}: GlobalConfig): Finding[] {
    return this.file.misplaced.map(({key, name, value, line}) => {
      const isHarmless = value === (name === 'skip_auth' ? skip_auth : signkey)
      return {
        severity: isHarmless ? 'note' : 'warning',
        key,
        line,
        text: `has no effect: ${name} counts in [global] only`,
        hint: isHarmless ? 'it says what [global] says and may be removed' : 'set it in [global] if you mean it',
      }
    })
  }
}

function show(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a table'
  return JSON.stringify(value)
}
