/** What a key of the metadata is for, who writes it, and whether it is as it should be. */
import type {ParsedKey} from '../../meta/keys.js'
import {evidence} from '../doctor/finding.js'
import {type Message, say} from '../messages/message.js'
import type {ClusterPicture} from '../picture/picture.js'
import {sourceOfRecord} from '../picture/record.js'
import {readableAt} from '../picture/record-at.js'
import {type Cause, cause} from './cause.js'
import {nodeCause} from './why-node.js'
import {whyPartition} from './why-partition.js'

export function whyKey(picture: ClusterPicture, key: string): Cause {
  const {metadata} = picture
  const parsed = metadata.keys.parse(key)
  return cause(purposeOf(parsed), {because: [presence(picture, key), ...behind(picture, parsed)]})
}

function presence({metadata}: ClusterPicture, key: string): Cause {
  const {revision} = metadata
  const broken = metadata.broken.get(key)
  if (broken !== undefined) {
    const says = [evidence(sourceOfRecord(broken), {bytes: broken.value.length})]
    return cause(say('why.key.broken', {reason: broken.reason}), {
      evidence: says,
      next: `vearchctl meta history ${key}`,
    })
  }
  const known = readableAt(metadata, key)
  if (known === undefined) {
    return cause(say('why.key.absent', {revision}), {
      evidence: [evidence({from: 'metadata', key, revision}, {record: null})],
    })
  }
  const {createRevision: created, modRevision: changed, lease} = known
  return cause(say('why.key.present', {created, changed}), {evidence: [evidence(sourceOfRecord(known), {lease})]})
}

/** The thing that the key is about has a story of its own. */
function behind(picture: ClusterPicture, parsed: ParsedKey): Cause[] {
  if (parsed.kind === 'server' || parsed.kind === 'failServer') return [nodeCause(picture, parsed.id)]
  return parsed.kind === 'partition' ? [whyPartition(picture, parsed.id)] : []
}

function purposeOf(parsed: ParsedKey): Message {
  switch (parsed.kind) {
    case 'server':
      return say('why.key.server', {node: parsed.id})
    case 'cordon':
      return say('why.key.cordon', {node: parsed.id})
    case 'failServer':
      return say('why.key.failServer', {node: parsed.id})
    case 'partition':
      return say('why.key.partition', {id: parsed.id})
    case 'dbName':
      return say('why.key.dbName', {id: parsed.id})
    case 'dbId':
      return say('why.key.dbId', {name: parsed.name})
    case 'sequence':
      return say('why.key.sequence', {sequence: parsed.sequence})
    case 'router':
      return say('why.key.router', {ip: parsed.ip})
    case 'lock':
      return say('why.key.lock', {name: parsed.name, leaseId: parsed.leaseId})
    case 'requestLimit':
    case 'memoryLimit':
    case 'slowSearchIsolation':
      return say('why.key.limits')
    default:
      return say(`why.key.${parsed.kind}`)
  }
}
