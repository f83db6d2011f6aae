/** `node list`: masters and routers, beside the partition servers of `node-line.ts`. */
import type {ClusterPicture} from '../picture/picture.js'

/**
 * A master's record stays when the master goes: `announced` says no more than that. A router is `leased` while its lease lives; nobody
 * asks it.
 */
export type ProcessState = 'up' | 'silent' | 'impostor' | 'announced' | 'leased'

export interface ProcessLine {
  /** A master's name; a router's IP. */
  readonly name: string
  readonly role: 'master' | 'router'
  readonly address: string | null
  readonly state: ProcessState
  /** Seconds; null where there is no lease or it was not told. */
  readonly leaseTtl: number | null
  readonly version: string | null
}

export function processLines(picture: ClusterPicture): ProcessLine[] {
  return [...masterLines(picture), ...routerLines(picture)]
}

/** Those that are announced, and those that were asked and are not. */
function masterLines({metadata, masters}: ClusterPicture): ProcessLine[] {
  const asked = new Map(
    masters.flatMap((answer) => (answer.source.from === 'master' ? [[addressIn(answer.source.master), answer]] : [])),
  )
  const announced = [...metadata.members.values()].map(({value}): ProcessLine => {
    const address = value.address === undefined ? null : `${value.address}:${value.api_port ?? ''}`
    const answer = address === null ? undefined : asked.get(address)
    if (address !== null) asked.delete(address)
    return masterLine(value.name, address, answer)
  })
  return [...announced, ...[...asked].map(([address, answer]) => masterLine(address, address, answer))]
}

function masterLine(
  name: string,
  address: string | null,
  answer: ClusterPicture['masters'][number] | undefined,
): ProcessLine {
  const version = answer?.told === true ? answer.value.version || null : null
  return {name, role: 'master', address, state: masterState(answer), leaseTtl: null, version}
}

function masterState(answer: ClusterPicture['masters'][number] | undefined): ProcessState {
  if (answer === undefined) return 'announced'
  if (answer.told) return 'up'
  return answer.silence.reason === 'impostor' ? 'impostor' : 'silent'
}

function routerLines({metadata, leases}: ClusterPicture): ProcessLine[] {
  return [...metadata.routers].map(([ip, {lease, value}]) => ({
    name: ip,
    role: 'router',
    address: value === '' ? ip : value,
    state: 'leased',
    leaseTtl: lease === null || !leases.told ? null : (leases.value.get(lease) ?? null),
    version: null,
  }))
}

function addressIn(url: string): string {
  return url.replace(/^https?:\/\//, '')
}
