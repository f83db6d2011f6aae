#!/usr/bin/env node
/**
 * Brings a clone to the point where its own programs run: dependencies installed, sources compiled, command manifest
 * written. Plain JavaScript without imports from the project, because it runs before any of that exists. Each step is
 * left out when its result is newer than what it is made from.
 */
import {spawnSync} from 'node:child_process'
import {existsSync, lstatSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const built = join(root, 'dist', '.built')

const wanted = 'package-lock.json'
const installed = join('node_modules', '.package-lock.json')
if (changedAt(installed) < changedAt(wanted) && !isLink('node_modules'))
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])

const sources = [
  'src',
  'commands',
  'demo',
  'bench',
  ...['sim', 'check', 'harness'].map((name) => join('test', name)),
  'tsconfig.json',
  wanted,
]
if (changedAt(join('dist', '.built')) < Math.max(...sources.map(changedAt))) {
  rmSync(join(root, 'dist'), {recursive: true, force: true})
  run('npm', ['run', '--silent', 'build'])
  writeFileSync(built, '')
}

/** What a link leads to is somebody else's, and `npm ci` would empty it. */
function isLink(path) {
  return lstatSync(join(root, path), {throwIfNoEntry: false})?.isSymbolicLink() ?? false
}

/** The newest modification in a file or folder, in milliseconds; 0 if it does not exist. */
function changedAt(path) {
  const absolute = join(root, path)
  if (!existsSync(absolute)) return 0
  const {mtimeMs} = statSync(absolute)
  if (!statSync(absolute).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(absolute).map((name) => changedAt(join(path, name))))
}

function run(command, args) {
  process.stderr.write(`> ${command} ${args.join(' ')}\n`)
  const {status} = spawnSync(command, args, {cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32'})
  if (status !== 0) process.exit(status ?? 1)
}
