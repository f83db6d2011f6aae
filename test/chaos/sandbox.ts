/**
 * Namespaces of a run's own: network, mounts, processes. Whatever it makes in there (bridge, addresses, rules, disks of
 * limited size, servers) ends with its first process, however that ends, so nothing has to be torn down and nothing of a
 * dead run can be found later.
 */
import {spawn, spawnSync} from 'node:child_process'

/** `--map-root-user` serves those who are not root, where the machine lets them. */
const ways: readonly (readonly string[])[] = [[], ['--map-root-user']].map((who) => [
  ...who,
  ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
])

/** What a run does in there, on a small scale. */
const rehearsal = [
  'mount -t tmpfs none /run',
  'mkdir /run/netns',
  'ip netns add probe',
  'ip link add probe type bridge',
  "nft 'add table bridge probe'",
].join(' && ')

/** The arguments of `unshare` with which this machine allows namespaces; null if it does not, or lacks a tool. */
export function namespaces(): readonly string[] | null {
  const allows = (way: readonly string[]) => spawnSync('unshare', [...way, 'sh', '-c', rehearsal]).status === 0
  return ways.find(allows) ?? null
}

/**
 * Runs a program in namespaces of its own and resolves with its exit code. It ends when this process does: its standard
 * input closes, and `unshare` takes it along.
 */
export function runInside(way: readonly string[], command: readonly string[]): Promise<number> {
  const child = spawn('unshare', [...way, ...command], {stdio: ['pipe', 'inherit', 'inherit']})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
