/**
 * What the names of flags and arguments stand for. By name, so that a new command completes without saying so: an argument `id` or
 * `name` is one of its topic's own kind.
 */
export type ValueKind =
  | 'node'
  | 'replica'
  | 'partition'
  | 'db'
  | 'space'
  | 'alias'
  | 'user'
  | 'key'
  | 'context'
  | 'plan'
  | 'file'

const ofFlags: Readonly<Record<string, ValueKind>> = {
  node: 'node',
  to: 'node',
  target: 'node',
  // only where there is a replica to take away
  from: 'replica',
  partition: 'partition',
  db: 'db',
  space: 'space',
  context: 'context',
  'since-plan': 'plan',
  conf: 'file',
  snapshot: 'file',
  cacert: 'file',
  cert: 'file',
  key: 'file',
  'password-file': 'file',
  'etcd-password-file': 'file',
}

const ofArguments: Readonly<Record<string, ValueKind>> = {
  node: 'node',
  partition: 'partition',
  db: 'db',
  space: 'space',
  alias: 'alias',
  user: 'user',
  key: 'key',
  prefix: 'key',
  context: 'context',
  plan: 'plan',
  file: 'file',
}

const ofTopics: Readonly<Record<string, ValueKind>> = {
  node: 'node',
  partitions: 'partition',
  db: 'db',
  space: 'space',
  alias: 'alias',
  context: 'context',
}

export function valueKind(of: {topic: string; name: string; isFlag: boolean}): ValueKind | null {
  if (of.isFlag) return ownValue(ofFlags, of.name)
  const isTopics = /^(?:ids?|names?)$/.test(of.name)
  return isTopics ? ownValue(ofTopics, of.topic) : ownValue(ofArguments, of.name)
}

function ownValue(of: Readonly<Record<string, ValueKind>>, name: string): ValueKind | null {
  return Object.hasOwn(of, name) ? (of[name] ?? null) : null
}
