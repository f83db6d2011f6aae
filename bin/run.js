#!/usr/bin/env node
/**
 * The executable. Answers `--version` by itself, before anything else is loaded; all the rest is `src/cli/run.ts`.
 */
import {readFileSync} from 'node:fs'
import module from 'node:module'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const argv = process.argv.slice(2)

if (argv.length === 1 && ['--version', '-V', 'version'].includes(argv[0])) {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  process.stdout.write(`vearchctl ${version} (node ${process.versions.node}, ${process.platform} ${process.arch})\n`)
} else {
  // Node 22.8 and later keep compiled code between runs
  module.enableCompileCache?.()
  const {runCommandLine} = await import('../dist/src/cli/run.js')
  await runCommandLine(argv, root)
}
