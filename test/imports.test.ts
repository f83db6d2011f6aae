/**
 * The house rules that a compiler does not know: who may import whom, who may touch the outside, how files are named.
 *
 * `violations` is a pure function of the files' texts, so the second half can plant one violation of each rule and see it
 * found.
 */
import {readdir, readFile} from 'node:fs/promises'
import {dirname, join, posix} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Imports go to earlier rooms only; rooms in one row never import each other. */
const rows: readonly (readonly string[])[] = [
  ['entity'],
  ['errors'],
  ['config'],
  ['env'],
  ['meta'],
  ['raft'],
  ['raftstore'],
  ['engine'],
  ['rpc'],
  ['ps', 'master', 'router'],
  ['http'],
  ['node'],
  ['admin'],
  ['cli'],
  ['commands'],
]

/** Rooms that commands reach through `admin` only. */
const behindAdmin = ['raft', 'raftstore', 'engine', 'rpc', 'ps', 'master', 'router', 'http', 'node']

/** Who knows a package. */
const owners: Readonly<Record<string, RegExp>> = {
  etcd3: /^src\/meta\/etcd-store[^/]*\.ts$/,
  '@zvec/zvec': /^src\/engine\/zvec[^/]*\.ts$/,
  lmdb: /^src\/meta\/embedded\//,
  fastify: /^src\/http\//,
  '@iarna/toml': /^src\/config\/(?:load|contexts)\.ts$/,
  '@oclif/core': /^src\/cli\//,
  inquirer: /^src\/cli\//,
  'cli-table3': /^src\/cli\//,
}

/** The doors to the outside, which only `env` opens. */
const doors: Readonly<Record<string, RegExp>> = {
  clock:
    /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bAbortSignal\.timeout\(|\bsetImmediate\b|'(?:node:)?timers/,
  randomness: /\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\brandomUUID\b|\bgetRandomValues\b/,
  disk: /'(?:node:)?fs(?:\/promises)?'/,
  network: /(?:from |import\()'(?:node:)?(?:net|tls|dgram)'/,
}

/** Files beside `env` that open a door, and why they must. */
const admitted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  clock: {
    'src/cli/repl/terminal-gate.ts': 'gives a keyboard back after Node’s own listener has had its turn',
    'src/node/etcd-supervisor.ts': 'bounds an HTTP question to a real child process, which no simulation runs',
  },
  disk: {
    'src/engine/directory-image.ts': 'zvec owns the files of its directory and needs real paths',
    'src/engine/zvec-engine.ts': 'zvec owns the files of its directory and needs real paths',
    'src/engine/zvec-threads.ts': 'lists the threads that zvec made',
    'src/node/roles.ts': 'reads the program’s own version from its package.json',
  },
  network: {
    'src/node/etcd-spec.ts': 'asks whether a text is an address, nothing more',
    'src/node/etcd-supervisor.ts': 'looks which ports a real child process will find free',
  },
}

const forbiddenWords = /^(?:shards?|collections?|tables?|helpers?|managers?|utils?|common)$/i

type Files = ReadonlyMap<string, string>

function violations(files: Files): string[] {
  return [
    ...[...files].flatMap(([path, text]) => [
      ...importsOf(text).flatMap((target) => wrongImport(path, target)),
      ...wrongDoors(path, text),
      ...wrongNames(path, text),
    ]),
    ...cycles(files),
  ]
}

function importsOf(text: string): string[] {
  const statements = text.matchAll(/(?:^|[\s;(])(?:import|export)\b(?:[^'";]*?\bfrom)?\s*\(?\s*'([^']+)'/g)
  return [...statements].map(([, target = '']) => target)
}

function wrongImport(path: string, target: string): string[] {
  if (!target.startsWith('.')) {
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
    const owner = Object.hasOwn(owners, name) ? owners[name] : undefined
    return owner === undefined || owner.test(path) ? [] : [`${path} imports ${name}`]
  }
  const imported = resolve(path, target)
  const [from, to] = [roomOf(path), roomOf(imported)]
  const wrong = [`${path} imports ${imported}`]
  if (from === null || from === to) return []
  if (to === null) return wrong
  if (rank(to) >= rank(from)) return wrong
  if (from === 'raft' && !/^src\/(entity\/ids|errors\/assert)\.ts$/.test(imported)) return wrong
  return from === 'commands' && behindAdmin.includes(to) ? wrong : []
}

function rank(room: string): number {
  return rows.findIndex((row) => row.includes(room))
}

/** Null for `src/index.ts`, which re-exports what it likes and is imported by nobody. */
function roomOf(path: string): string | null {
  const [top = '', room = '', ...rest] = path.split('/')
  if (top === 'commands') return top
  return top === 'src' && rest.length > 0 ? room : null
}

function resolve(path: string, target: string): string {
  return posix.join(posix.dirname(path), target).replace(/\.js$/, '.ts')
}

function wrongDoors(path: string, text: string): string[] {
  if (roomOf(path) === 'env') return []
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
  return Object.entries(doors).flatMap(([door, pattern]) =>
    pattern.test(code) && !Object.hasOwn(admitted[door] ?? {}, path) ? [`${path} opens the door to ${door}`] : [],
  )
}

function wrongNames(path: string, text: string): string[] {
  const parts = path.replace(/\.ts$/, '').split('/')
  const isKebab = parts.every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part))
  const exported = [...text.matchAll(/^export (?:abstract |async )*(?:class|function\*?|const|type|interface) (\w+)/gm)]
  const words = [
    ...parts.flatMap((part) => part.split('-')).map((word) => [path, word] as const),
    ...exported.flatMap(([, name = '']) => wordsIn(name).map((word) => [`${path}: ${name}`, word] as const)),
  ]
  return [
    ...(isKebab ? [] : [`${path} is not in kebab-case`]),
    ...words.flatMap(([where, word]) => (forbiddenWords.test(word) ? [`${where} says ${word}`] : [])),
  ]
}

function wordsIn(identifier: string): string[] {
  return identifier.split(/(?<=[a-z0-9])(?=[A-Z])|_/)
}

/** Each cycle once, by the files on it. Types alone make none: they are gone when the program runs. */
function cycles(files: Files): string[] {
  const graph = new Map(
    [...files].map(([path, text]) => [path, valueImports(text).map((target) => resolve(path, target))]),
  )
  const done = new Set<string>()
  const found = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) found.add(`cycle: ${trail.slice(at).toSorted().join(', ')}`)
    if (at >= 0 || done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return [...found]
}

function valueImports(text: string): string[] {
  const withoutTypes = text.replace(/^(?:import|export) type [\s\S]*?from '[^']+'/gm, '')
  const onlyTypes = /^import \{\s*(?:type \w+(?: as \w+)?,?\s*)+\} from '[^']+'/gm
  return importsOf(withoutTypes.replace(onlyTypes, '')).filter((target) => target.startsWith('.'))
}

async function sources(): Promise<Files> {
  const found = new Map<string, string>()
  for (const top of ['src', 'commands']) {
    for (const entry of await readdir(join(root, top), {recursive: true, withFileTypes: true})) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const path = join(entry.parentPath, entry.name)
      found.set(path.slice(root.length + 1).replaceAll('\\', '/'), await readFile(path, 'utf8'))
    }
  }
  return found
}

describe('the house rules', () => {
  test('hold in every file', async () => {
    const files = await sources()
    expect(files.size).toBeGreaterThan(50)
    expect(violations(files)).toEqual([])
  })

  test('have no exception that is not used', async () => {
    const files = await sources()
    const unused = Object.entries(admitted).flatMap(([door, paths]) =>
      Object.keys(paths).filter((path) => !doors[door]?.test(files.get(path) ?? '')),
    )
    expect(unused).toEqual([])
  })
})

describe('a planted violation is found:', () => {
  const planted: readonly (readonly [rule: string, files: Readonly<Record<string, string>>, found: string])[] = [
    ['an import upwards', {'src/meta/a.ts': "import {x} from '../rpc/b.js'"}, 'src/meta/a.ts imports src/rpc/b.ts'],
    [
      'a role that knows another',
      {'src/ps/a.ts': "import {x} from '../master/b.js'"},
      'src/ps/a.ts imports src/master/b.ts',
    ],
    [
      'a type from above',
      {'src/entity/a.ts': "import type {X} from '../errors/b.js'"},
      'src/entity/a.ts imports src/errors/b.ts',
    ],
    ['a lazy import', {'src/env/a.ts': "const x = await import('../meta/b.js')"}, 'src/env/a.ts imports src/meta/b.ts'],
    ['a re-export', {'src/env/a.ts': "export {x} from '../meta/b.js'"}, 'src/env/a.ts imports src/meta/b.ts'],
    [
      'an import over lines',
      {'src/env/a.ts': "import {\n  x,\n  y,\n} from '../meta/b.js'"},
      'src/env/a.ts imports src/meta/b.ts',
    ],
    ['an import for effect', {'src/env/a.ts': "import '../meta/b.js'"}, 'src/env/a.ts imports src/meta/b.ts'],
    ['the barrel', {'src/ps/a.ts': "import {x} from '../index.js'"}, 'src/ps/a.ts imports src/index.ts'],
    [
      'raft with more than ids',
      {'src/raft/a.ts': "import {x} from '../entity/db.js'"},
      'src/raft/a.ts imports src/entity/db.ts',
    ],
    [
      'a command past admin',
      {'commands/a/b.ts': "import {x} from '../../src/ps/c.js'"},
      'commands/a/b.ts imports src/ps/c.ts',
    ],
    ['a client elsewhere', {'src/admin/a.ts': "const {Etcd3} = await import('etcd3')"}, 'src/admin/a.ts imports etcd3'],
    ['a part of a package', {'src/ps/a.ts': "import {x} from '@oclif/core/flags'"}, 'src/ps/a.ts imports @oclif/core'],
    ['a clock', {'src/ps/a.ts': 'const t = Date.now()'}, 'src/ps/a.ts opens the door to clock'],
    ['a timer', {'src/ps/a.ts': 'setTimeout(f, 5)'}, 'src/ps/a.ts opens the door to clock'],
    ['dice', {'src/ps/a.ts': "import {randomUUID} from 'node:crypto'"}, 'src/ps/a.ts opens the door to randomness'],
    ['a disk', {'src/ps/a.ts': "import {open} from 'node:fs/promises'"}, 'src/ps/a.ts opens the door to disk'],
    ['a socket', {'src/ps/a.ts': "import {connect} from 'node:net'"}, 'src/ps/a.ts opens the door to network'],
    ['a name in camel case', {'src/ps/aFile.ts': ''}, 'src/ps/aFile.ts is not in kebab-case'],
    ['a forbidden file name', {'src/ps/disk-utils.ts': ''}, 'src/ps/disk-utils.ts says utils'],
    [
      'a forbidden export',
      {'src/ps/a.ts': 'export class PartitionManager {}'},
      'src/ps/a.ts: PartitionManager says Manager',
    ],
    [
      'a cycle',
      {'src/ps/a.ts': "import {x} from './b.js'", 'src/ps/b.ts': "import {type Y, y} from './a.js'"},
      'cycle: src/ps/a.ts, src/ps/b.ts',
    ],
  ]
  test.each(planted)('%s', (_, files, found) => {
    expect(violations(new Map(Object.entries(files)))).toEqual([found])
  })

  test.each([
    ['a cycle of types', {'src/ps/a.ts': "import type {X} from './b.js'", 'src/ps/b.ts': "import {a} from './a.js'"}],
    [
      'a cycle of inline types',
      {'src/ps/a.ts': "import {type X} from './b.js'", 'src/ps/b.ts': "import {a} from './a.js'"},
    ],
    ['a clock in a comment', {'src/ps/a.ts': '/** never Date.now() */\n// nor setTimeout(f)\nexport const a = 1'}],
    ['a word inside another', {'src/ps/a.ts': 'export const stable = 1'}],
  ])('and nothing where there is none: %s', (_, files) => {
    expect(violations(new Map(Object.entries(files)))).toEqual([])
  })
})
