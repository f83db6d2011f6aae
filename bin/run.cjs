#!/usr/bin/env node
/**
 * The executable. Answers `--version` by itself, before anything else is loaded, and a shell's Tab without the command line
 * library; all the rest is `src/cli/run.ts`.
 *
 * CommonJS, because the loader of ES modules reads files with the threads whose number is set here.
 */
const {readFileSync} = require('node:fs')
const {enableCompileCache} = require('node:module')
const {availableParallelism} = require('node:os')
const {join} = require('node:path')

const root = join(__dirname, '..')
const argv = process.argv.slice(2)
const threadsMin = 16
const threadsPerCore = 4

// The disk, name look-ups and vector searches share these threads: with Node's four, a few searches keep the log from its disk.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(threadsMin, threadsPerCore * availableParallelism()))

if (argv.length === 1 && ['--version', '-V', 'version'].includes(argv[0])) {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  process.stdout.write(`vearchctl ${version} (node ${process.versions.node}, ${process.platform} ${process.arch})\n`)
} else if (argv[0] === '__complete') {
  enableCompileCache?.()
  import('../dist/src/cli/completion/print-candidates.js').then(({printCandidates}) =>
    printCandidates(argv.slice(1), root),
  )
} else {
  // Node 22.8 and later keep compiled code between runs
  enableCompileCache?.()
  import('../dist/src/cli/run.js').then(({runCommandLine}) => runCommandLine(argv, root))
}
