/**
 * Parts of `src` compiled to a temporary directory, for tests that need a process of their own to run them.
 */
import {execFile} from 'node:child_process'
import {mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'

const root = join(import.meta.dirname, '..', '..')

export interface Compiled {
  /** Mirrors `src`. */
  readonly directory: string
  remove(): Promise<void>
}

/** `sources` are paths below `src`; what they import comes along. */
export async function compile(...sources: string[]): Promise<Compiled> {
  const directory = await mkdtemp(join(tmpdir(), 'compiled-'))
  const config = {
    extends: join(root, 'tsconfig.json'),
    // Checked elsewhere; here it only has to run.
    compilerOptions: {
      outDir: '.',
      rootDir: join(root, 'src'),
      noCheck: true,
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    files: sources.map((path) => join(root, 'src', path)),
    include: [],
  }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(join(directory, 'package.json'), '{"type": "module"}')
  await promisify(execFile)(join(root, 'node_modules', '.bin', 'tsc'), ['-p', directory])
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  return {directory, remove: () => rm(directory, {recursive: true, force: true})}
}
