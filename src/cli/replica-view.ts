import type {DiskLine} from '../admin/partitions/disk-line.js'
import type {ReplicaLine, ReplicaVerdict} from '../admin/partitions/replica-line.js'
import type {Verification} from '../admin/partitions/verification.js'
import type {VerifiedFile} from '../admin/partitions/verify-disk.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<ReplicaVerdict, Tone>> = {
  ok: 'good',
  down: 'bad',
  missing: 'bad',
  doomed: 'bad',
  extra: 'uncertain',
  unrecorded: 'uncertain',
  unknown: 'uncertain',
}

/** What each source says: the space's record, the partition's, the raft group, the server. */
export const sourcesView: View<ReplicaLine> = {
  name: ({partition, node}) => `${partition}@${node}`,
  columns: {
    id: {get: ({partition}) => partition},
    node: {get: ({node}) => node},
    'space-rec': {get: ({spaceRecord}) => yesNo(spaceRecord)},
    'part-rec': {get: ({partitionRecord}) => yesNo(partitionRecord)},
    raft: {get: ({raft}) => raft},
    disk: {get: ({bytes}) => bytes},
    docs: {get: ({docs}) => docs},
    verdict: {get: ({verdict}) => verdict, tone: ({verdict}) => tones[verdict]},
    path: {get: ({path}) => path, wide: true},
  },
}

export const replicaView: View<ReplicaLine> = {
  name: ({node}) => String(node),
  columns: {
    node: {get: ({node}) => node},
    role: {get: ({raft}) => raft},
    'raft-state': {get: ({raftState}) => raftState},
    match: {get: ({match}) => match},
    applied: {get: ({applied}) => applied},
    lag: {get: ({lag}) => lag},
    docs: {get: ({docs}) => docs},
    'max-docid': {get: ({maxDocid}) => maxDocid},
    'last-active': {get: ({lastActive}) => lastActive, wide: true},
    index: {get: ({index}) => Object.entries(index).map(([name, state]) => `${name} ${state}`)},
    verdict: {get: ({verdict}) => verdict, tone: ({verdict}) => tones[verdict]},
    error: {get: ({error}) => error, wide: true},
    path: {get: ({path}) => path, wide: true},
  },
}

export const verificationView: View<Verification> = {
  name: ({partition}) => String(partition),
  columns: {
    id: {get: ({partition}) => partition},
    verdict: {
      get: ({verdict}) => verdict,
      tone: ({verdict}) => (verdict === 'equal' ? 'good' : verdict === 'different' ? 'bad' : 'uncertain'),
    },
    replicas: {get: ({replicas}) => replicas.map(({node, docs, applied}) => `${node}: ${docs} docs at ${applied}`)},
    missing: {get: ({missing}) => missing},
    differing: {get: ({deep}) => deep?.differing.map((docid) => `docid ${docid}`) ?? null, tone: () => 'bad'},
  },
}

export const diskView: View<DiskLine> = {
  name: ({partition, node}) => `${partition}@${node}`,
  columns: {
    node: {get: ({node}) => node},
    id: {get: ({partition}) => partition},
    data: {get: ({dataBytes}) => dataBytes},
    raft: {get: ({raftBytes}) => raftBytes},
    verdict: {get: ({verdict}) => verdict, tone: ({verdict}) => (verdict === 'ok' ? 'good' : 'bad')},
    path: {get: ({path}) => path},
  },
}

const stateTones: Readonly<Record<VerifiedFile['state'], Tone>> = {
  sound: 'good',
  torn: 'uncertain',
  unchecked: 'uncertain',
  damaged: 'bad',
}

export const verifiedFileView: View<VerifiedFile> = {
  name: ({path}) => path,
  columns: {
    id: {get: ({partition}) => partition},
    what: {get: ({what}) => what},
    state: {get: ({state}) => state, tone: ({state}) => stateTones[state]},
    bytes: {get: ({bytes}) => bytes},
    fault: {get: ({fault}) => fault},
    path: {get: ({path}) => path},
  },
}

function yesNo(is: boolean | null): string | null {
  return is === null ? null : is ? 'yes' : 'no'
}
