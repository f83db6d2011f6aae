#!/usr/bin/env node
/**
 * Writes `oclif.manifest.json`: with it a command starts without importing all the others. Part of every build, so that
 * it cannot be missing or stale.
 */
import {writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const plugin = new Plugin({root, ignoreManifest: true, errorOnManifestCreate: true, type: 'core'})
await plugin.load()
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`)
