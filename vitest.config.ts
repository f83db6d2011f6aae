import {defineConfig} from 'vitest/config'
import {hasEtcd} from './test/harness/has-etcd.js'

if (!hasEtcd) process.stderr.write('etcd or etcdctl is not installed: tests that need a real one are skipped\n')

export default defineConfig({
  test: {
    // what takes long or hunts at random runs before a release: npm run soak
    include: process.env.SOAK === undefined ? ['test/**/*.test.ts'] : ['test/soak/*.soak.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/harness/figures-reporter.ts'],
    pool: 'forks',
    // the compiled program is one, whoever loads it
    server: {deps: {external: [/\/dist\//]}},
    maxWorkers: 2,
  },
})
