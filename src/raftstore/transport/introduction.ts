/** The first frame on a connection between raft hosts: who dialled. A cluster's key may be another's too; its name is not. */
import type {Buffer} from 'node:buffer'
import {type NodeId, nodeId} from '../../entity/ids.js'
import {isObject, parseJson, stringifyJson} from '../../entity/json.js'
import {CodedError} from '../../errors/coded-error.js'

export interface Introduction {
  readonly cluster: string
  readonly node: NodeId
}

export function encodeIntroduction({cluster, node}: Introduction): Uint8Array {
  return new TextEncoder().encode(stringifyJson({cluster, node}))
}

/** Throws AUTHENTICATION_FAILED for what is no introduction, or one of another cluster. */
export function decodeIntroduction(payload: Buffer, cluster: string): Introduction {
  const said = parsed(payload)
  if (!isObject(said) || typeof said.cluster !== 'string' || typeof said.node !== 'number') {
    throw new CodedError('AUTHENTICATION_FAILED', 'the peer does not introduce itself')
  }
  if (said.cluster !== cluster) {
    throw new CodedError(
      'AUTHENTICATION_FAILED',
      `the peer belongs to cluster ${said.cluster}, this node to ${cluster}`,
    )
  }
  return {cluster, node: nodeId(said.node)}
}

function parsed(payload: Buffer): unknown {
  try {
    return parseJson(payload.toString())
  } catch {
    return null
  }
}
