/**
 * What etcd answers when it refuses, with its own words and gRPC codes: clients recognise both.
 */
const code = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  unavailable: 14,
} as const

const faults = {
  emptyKey: [code.invalidArgument, 'etcdserver: key is not provided'],
  keyNotFound: [code.invalidArgument, 'etcdserver: key not found'],
  valueProvided: [code.invalidArgument, 'etcdserver: value is provided'],
  leaseProvided: [code.invalidArgument, 'etcdserver: lease is provided'],
  tooManyOperations: [code.invalidArgument, 'etcdserver: too many operations in txn request'],
  duplicateKey: [code.invalidArgument, 'etcdserver: duplicate key given in txn request'],
  invalidSortOption: [code.invalidArgument, 'etcdserver: invalid sort option'],
  requestTooLarge: [code.invalidArgument, 'etcdserver: request is too large'],
  keyTooLong: [code.invalidArgument, 'embedded metadata: a key is longer than 1900 bytes; use an etcd for such keys'],
  compacted: [code.outOfRange, 'etcdserver: mvcc: required revision has been compacted'],
  futureRevision: [code.outOfRange, 'etcdserver: mvcc: required revision is a future revision'],
  leaseNotFound: [code.notFound, 'etcdserver: requested lease not found'],
  leaseExists: [code.failedPrecondition, 'etcdserver: lease already exists'],
  leaseTtlTooLarge: [code.outOfRange, 'etcdserver: too large lease TTL'],
  tooManyRequests: [code.resourceExhausted, 'etcdserver: too many requests'],
  stopped: [code.unavailable, 'etcdserver: server stopped'],
  writeFailed: [
    code.unavailable,
    'embedded metadata: this write failed on disk, and may or may not be there after a restart',
  ],
  diskFailed: [code.unavailable, 'embedded metadata: an earlier write failed on disk; the process must restart'],
  authNotEnabled: [code.failedPrecondition, 'etcdserver: authentication is not enabled'],
  needsEtcd: [
    code.unimplemented,
    'embedded metadata has one member, no users and no snapshots; for those run an etcd and set self_manage_etcd = true',
  ],
} as const satisfies Record<string, readonly [number, string]>

export type FaultName = keyof typeof faults

export class EtcdFault extends Error {
  override readonly name = 'EtcdFault'
  /** The gRPC status. */
  readonly code: number

  constructor(readonly fault: FaultName) {
    super(faults[fault][1])
    this.code = faults[fault][0]
  }
}

/** A watch asked for events that are gone. */
export class CompactedFault extends EtcdFault {
  constructor(readonly compactRevision: number) {
    super('compacted')
  }
}
