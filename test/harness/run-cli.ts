/** Runs the compiled program as a user does, and returns all of what it said. */
import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binary} from './cluster.js'

/** Instead of the tester's own contexts and journal. */
export const home = mkdtempSync(join(tmpdir(), 'cli-home-'))
process.once('exit', () => rmSync(home, {recursive: true, force: true}))

export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly environment?: NodeJS.ProcessEnv
  /** Given to node, before the program. */
  readonly nodeArgs?: readonly string[]
  /** Piped to it. */
  readonly input?: string
  /** Called with each piece of stdout; the child is ended by what it does. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void
}

export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const {environment = {}, nodeArgs = [], input = '', onStart = () => {}} = options
  const child = spawn(process.execPath, [...nodeArgs, binary, ...args], {
    stdio: 'pipe',
    env: {PATH: process.env.PATH, HOME: home, ...environment},
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // one that reads nothing may be gone by then
  child.stdin.on('error', () => {}).end(input)
  onStart(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({code, stdout, stderr}))
  })
}

/** The parsed envelope of a run with `--json`. */
export async function runJson(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{code: number | null; body: JsonBody}> {
  const {code, stdout} = await runCli([...args, '--json'], options)
  return {code, body: JSON.parse(stdout) as JsonBody}
}

export interface JsonBody {
  readonly apiVersion: string
  readonly ok: boolean
  readonly data?: readonly Readonly<Record<string, unknown>>[]
  readonly source?: string | null
  readonly warnings?: readonly string[]
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly hint: string | null
    readonly exit: number
  }
}
