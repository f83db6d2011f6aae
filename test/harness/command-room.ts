/**
 * Runs commands of the compiled program within this process, many side by side: for what is asked of every command, where
 * a process for each would cost more than the answer. Each has its own output and exit code; `run-cli.ts` runs the whole program.
 */
import {AsyncLocalStorage} from 'node:async_hooks'
import {dirname, join} from 'node:path'
import {pathToFileURL} from 'node:url'
import type {CommandSet} from '../../src/cli/command-set.js'
import {binary} from './cluster.js'
import type {CliRun} from './run-cli.js'

const root = join(dirname(binary), '..')

/** The commands come from `dist`, so what they share with their host must, too. */
function compiled<Module>(path: string): Promise<Module> {
  return import(pathToFileURL(join(root, 'dist', 'src', `${path}.js`)).href) as Promise<Module>
}

interface Parts {
  readonly commands: CommandSet
  readonly run: typeof import('../../src/cli/run.js')
  readonly hosts: typeof import('../../src/cli/host.js')
  readonly presenting: typeof import('../../src/cli/present.js')
  readonly failing: typeof import('../../src/cli/failure.js')
  readonly connections: typeof import('../../src/admin/session/connections.js')
  readonly language: typeof import('../../src/cli/words/language.js')
}

export interface TimedRun extends CliRun {
  readonly ms: number
}

interface Said {
  stdout: string
  stderr: string
}

type Write = typeof process.stdout.write

export class CommandRoom {
  readonly #said = new AsyncLocalStorage<Said>()
  readonly #writes: readonly (() => void)[]

  private constructor(private readonly parts: Parts) {
    this.#writes = [this.#overhear('stdout'), this.#overhear('stderr')]
  }

  static async open(): Promise<CommandRoom> {
    const [{CommandSet}, run, hosts, presenting, failing, connections, language] = await Promise.all([
      compiled<typeof import('../../src/cli/command-set.js')>('cli/command-set'),
      compiled<Parts['run']>('cli/run'),
      compiled<Parts['hosts']>('cli/host'),
      compiled<Parts['presenting']>('cli/present'),
      compiled<Parts['failing']>('cli/failure'),
      compiled<Parts['connections']>('admin/session/connections'),
      compiled<Parts['language']>('cli/words/language'),
    ])
    return new CommandRoom({
      commands: await CommandSet.read(root),
      run,
      hosts,
      presenting,
      failing,
      connections,
      language,
    })
  }

  /** The process's own streams again. */
  close(): void {
    for (const restore of this.#writes) restore()
    // the command line library leaves one behind
    process.exitCode = undefined
  }

  async run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<TimedRun> {
    const {commands, run, hosts, presenting, failing, connections, language} = this.parts
    const said: Said = {stdout: '', stderr: ''}
    const words = language.wordsFor(args, environment)
    let code: number | null = null
    const fail = async (failure: Parameters<typeof failing.reportFailure>[0]) => {
      code = failure.exit
      await failing.reportFailure(failure, args, words)
    }
    const host: import('../../src/cli/host.js').Host = {
      environment,
      interrupt: new AbortController().signal,
      hasScreen: false,
      connect: (target, env) => new connections.Connections(target, env),
      show: async (result, options) => {
        code = hosts.exitOf(result)
        if (result.isShown !== true) await presenting.present(result, options)
      },
      fail,
      release: (opened) => opened.close(),
    }
    const startedAt = performance.now()
    await this.#said.run(said, () =>
      hosts.currentHost
        .run(host, () => run.runWords(commands, args, words))
        .catch((thrown) => fail(failing.failureOf(thrown, words))),
    )
    return {code, ...said, ms: performance.now() - startedAt}
  }

  #overhear(name: 'stdout' | 'stderr'): () => void {
    const stream = process[name]
    const write = stream.write.bind(stream) as Write
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      const said = this.#said.getStore()
      if (said === undefined) return write(chunk, ...rest)
      said[name] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
      const done: unknown = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    }) as Write
    return () => {
      stream.write = write
    }
  }
}
