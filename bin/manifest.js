#!/usr/bin/env node
/**
 * Writes down which commands there are, as part of every build, so that it cannot be missing or stale: `dist/manifest.json`, all that
 * help and completion say of them (`src/cli/manifest.ts`), and `dist/command-names.json`, the little that it takes to run one.
 */
import {existsSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// the compiler leaves what a command was before it was moved
for (const path of readdirSync(join(root, 'dist', 'commands'), {recursive: true})) {
  const name = /^(.*)\.js$/.exec(path)?.[1]
  if (name !== undefined && !existsSync(join(root, 'commands', `${name}.ts`)))
    rmSync(join(root, 'dist', 'commands', path))
}

const plugin = new Plugin({root, ignoreManifest: true, errorOnManifestCreate: true, type: 'core'})
await plugin.load()
const found = Object.values(plugin.manifest.commands)
const names = {
  commands: Object.fromEntries(found.map(({id, relativePath}) => [id, relativePath.slice(2).join('/')])),
  aliases: Object.fromEntries(found.flatMap(({id, aliases}) => aliases.map((alias) => [alias, id]))),
}
const manifest = {flags: {}, commands: {}}
for (const {id, summary, description, examples, aliases, hidden, strict, args, flags} of found) {
  const {flags: own} = await plugin.findCommand(id, {must: true})
  const isOwn = ([name]) => Object.hasOwn(own, name)
  Object.assign(manifest.flags, Object.fromEntries(Object.entries(flags).filter((each) => !isOwn(each))))
  manifest.commands[id] = {
    ...{id, summary, description, aliases, hidden, strict, args},
    examples: examples?.map((example) => example.replaceAll('<%= config.bin %>', plugin.pjson.oclif.bin)),
    flags: Object.fromEntries(Object.entries(flags).filter(isOwn)),
  }
}
writeFileSync(join(root, 'dist', 'manifest.json'), `${JSON.stringify(manifest)}\n`)
writeFileSync(join(root, 'dist', 'command-names.json'), `${JSON.stringify(names)}\n`)
