import {execFile} from 'node:child_process'
import {createRequire} from 'node:module'

/**
 * Opens, counts and reads in a process of its own, because zvec may crash on a directory whose writer was killed. It walks
 * over all documents: a wrong count shows only there.
 */
const script = `
const {ZVecOpen} = require(process.argv[1])
const engine = ZVecOpen(process.argv[2])
let walked = 0
for (const row of engine.iterDocsSync({outputFields: [], includeVector: false})) walked += row.id === '' ? 0 : 1
const {docCount} = engine.stats
engine.closeSync()
if (walked !== docCount) throw new Error('counts ' + docCount + ' documents and holds ' + walked)
`

/** A directory that takes longer hangs. */
const timeoutMs = 120_000

/** What is wrong with the engine in the directory, or null if it opens and can be read. Nobody may have it open. */
export function probeEngine(directory: string): Promise<string | null> {
  const zvec = createRequire(import.meta.url).resolve('@zvec/zvec')
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', script, zvec, directory], {timeout: timeoutMs}, (error, _out, stderr) => {
      if (error === null) return resolve(null)
      const crashed = typeof error.signal === 'string' ? `killed by ${error.signal}` : undefined
      const message = stderr.split('\n').find((line) => /Error: /.test(line))
      resolve(crashed ?? message?.trim() ?? error.message)
    })
  })
}
