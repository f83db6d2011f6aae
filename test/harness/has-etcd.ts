import {existsSync} from 'node:fs'
import {delimiter, join} from 'node:path'

/**
 * Whether tests may count on etcd and etcdctl. Where one is missing, `npm test` skips what needs it and says so; the gate
 * (`CI` is set) never skips, it fails.
 */
export const hasEtcd = Boolean(process.env.CI) || ['etcd', 'etcdctl'].every(isOnPath)

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)))
}
