/** A cluster that an operator works on, as `contexts.toml` has it: the keys are named like the flags. */
export interface Context {
  readonly conf?: string
  readonly cluster?: string
  readonly etcd?: readonly string[]
  readonly 'etcd-user'?: string
  readonly 'etcd-password-file'?: string
  readonly master?: readonly string[]
  readonly router?: readonly string[]
  readonly user?: string
  readonly 'password-file'?: string
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
  readonly 'insecure-skip-verify'?: boolean
  /** What destroys needs the cluster's name typed. */
  readonly protected?: boolean
  readonly 'read-only'?: boolean
  readonly lang?: string
}

export type ContextKeyKind = 'text' | 'list' | 'switch'

export const contextKeys: Readonly<Record<keyof Context, ContextKeyKind>> = {
  conf: 'text',
  cluster: 'text',
  etcd: 'list',
  'etcd-user': 'text',
  'etcd-password-file': 'text',
  master: 'list',
  router: 'list',
  user: 'text',
  'password-file': 'text',
  cacert: 'text',
  cert: 'text',
  key: 'text',
  'insecure-skip-verify': 'switch',
  protected: 'switch',
  'read-only': 'switch',
  lang: 'text',
}

/** Those that name a file. */
export const contextFiles = ['conf', 'etcd-password-file', 'password-file', 'cacert', 'cert', 'key'] as const
