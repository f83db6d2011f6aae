#!/usr/bin/env node
/** Writes `docs/commands.md` from the manifest of the commands; a test holds the one to the other. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {referencePage} from '../dist/src/cli/reference.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const manifest = JSON.parse(readFileSync(join(root, 'dist', 'manifest.json'), 'utf8'))
mkdirSync(join(root, 'docs'), {recursive: true})
writeFileSync(join(root, 'docs', 'commands.md'), referencePage(manifest))
