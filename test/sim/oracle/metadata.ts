import {parseJson} from '../../../src/entity/json.js'
import type {Partition} from '../../../src/entity/partition.js'
import type {Space} from '../../../src/entity/space.js'
import {Keys, type ParsedKey} from '../../../src/meta/keys.js'
import type {AdminCall, Evidence, MetaChanged, Observation} from '../observation.js'
import type {Finding, Oracle} from './oracle.js'

/**
 * P7: the metadata moves forward: revisions and the versions of spaces grow, a partition's leader gives way to a newer term
 * only. At rest nothing is half-way: a space is there with all that belongs to it, or it is gone with all of it.
 */
export class MetadataOracle implements Oracle {
  readonly #keys: Keys
  #revision = 0
  readonly #spaces = new Map<string, Space>()
  readonly #partitions = new Map<string, Partition>()
  /** Of partitions: the space that had the id first. */
  readonly #owners = new Map<number, number>()
  readonly #others = new Set<string>()

  constructor(cluster: string) {
    this.#keys = new Keys(cluster)
  }

  see(seen: Observation): Finding[] {
    if (seen.kind !== 'meta') return []
    const before = this.#revision
    this.#revision = seen.revision
    const found = seen.revision < before ? [finding('a revision goes back', `${before}, then ${seen.revision}`)] : []
    return [...found, ...this.#changed(seen, this.#keys.parse(seen.key))]
  }

  end({finalReads, admin}: Evidence): Finding[] {
    if (finalReads === null) return []
    const spaces = [...this.#spaces.values()]
    const partitions = new Set(spaces.flatMap((space) => space.partitions.map(({id}) => this.#keys.partition(id))))
    const strays = [...this.#partitions.keys()].filter((key) => !partitions.has(key))
    return [
      ...spaces.flatMap((space) => this.#unfinished(space)),
      ...strays.map((key) => finding('a partition is left of a space that is gone', key)),
      ...this.#broken(admin),
    ]
  }

  /** What an administrator was told; after an unknown outcome a space may be there or not until the next call succeeds. */
  #broken(admin: Evidence['admin']): Finding[] {
    const names = new Set([...this.#spaces.values()].map(({name}) => name))
    const told = new Map<string, AdminCall>()
    for (const call of admin) if (call.outcome !== 'rejected') told.set(call.name, call)
    return [...told.values()].flatMap(({name, verb, outcome}) => {
      if (outcome === 'unknown' || (verb === 'create') === names.has(name)) return []
      return [finding(verb === 'create' ? 'a created space is not there' : 'a deleted space is there', name)]
    })
  }

  #changed({key, value}: MetaChanged, parsed: ParsedKey): Finding[] {
    if (parsed.kind === 'space') return this.#spaceChanged(key, value)
    if (parsed.kind === 'partition') return this.#partitionChanged(key, value)
    if (value === null) this.#others.delete(key)
    else this.#others.add(key)
    return []
  }

  #spaceChanged(key: string, value: string | null): Finding[] {
    const before = this.#spaces.get(key)
    this.#spaces.delete(key)
    if (value === null) return []
    const now = parseJson(value) as Space
    const others = [...this.#spaces.values()].filter(({db_id, name}) => db_id === now.db_id && name === now.name)
    this.#spaces.set(key, now)
    const found: Finding[] = others.map(({id}) => finding('two spaces of one name', `${now.name}: ${id} and ${now.id}`))
    if (now.version <= (before?.version ?? 0)) {
      found.push(finding('a space does not move forward', `${key}: version ${before?.version}, then ${now.version}`))
    }
    for (const {id, replicas = []} of now.partitions) {
      const owner = this.#owners.get(id) ?? now.id
      this.#owners.set(id, owner)
      if (owner !== now.id) found.push(finding('a partition in two spaces', `${id}: ${owner} and ${now.id}`))
      if (new Set(replicas).size !== replicas.length) {
        found.push(finding('two replicas of a partition on one node', `${key}, partition ${id}: ${replicas}`))
      }
    }
    return found
  }

  #partitionChanged(key: string, value: string | null): Finding[] {
    const before = this.#partitions.get(key)
    this.#partitions.delete(key)
    if (value === null) return []
    const now = parseJson(value) as Partition
    this.#partitions.set(key, now)
    const [old, next] = [before?.term ?? 0, now.term ?? 0]
    if (next < old) return [finding('an older leader replaces a newer one', `${key}: term ${old}, then ${next}`)]
    const isOther = before?.leader_name !== undefined && before.leader_name !== now.leader_name
    if (next === old && old > 0 && isOther) {
      return [finding('two leaders of one term', `${key}, term ${old}: ${before.leader_name}, ${now.leader_name}`)]
    }
    return []
  }

  #unfinished(space: Space): Finding[] {
    const {id, db_id, name} = space
    const lacking = [
      ...(space.enabled === true && space.version > 1 ? [] : ['it never served']),
      ...(this.#others.has(this.#keys.db(db_id)) ? [] : ['its database']),
      ...(this.#others.has(this.#keys.spaceConfig(db_id, id)) ? [] : ['its configuration']),
      ...space.partitions
        .filter((each) => !this.#partitions.has(this.#keys.partition(each.id)))
        .map((each) => `partition ${each.id}`),
    ]
    return lacking.length === 0 ? [] : [finding('a space is half-way', `${name} (${id}) lacks: ${lacking.join(', ')}`)]
  }
}

function finding(rule: string, detail: string): Finding {
  return {promise: 'P7', rule, detail}
}
