/** What grants add up to. */
import fc from 'fast-check'
import {describe, expect} from 'vitest'
import {allows, type Privilege, privileges, resources, unionOf} from '../../src/entity/role.js'
import {property} from '../harness/property.js'

const privilege = fc.constantFrom(...privileges)
const grants = fc.array(fc.tuple(fc.constantFrom(...resources), privilege), {minLength: 1, maxLength: 8})

function roleOf(granted: readonly (readonly [(typeof resources)[number], Privilege])[]) {
  const held: Partial<Record<(typeof resources)[number], Privilege>> = {}
  for (const [resource, each] of granted) held[resource] = unionOf(held[resource], each)
  return {name: 'somebody', privileges: held}
}

describe('a role', () => {
  property('may do what any of its grants allows, and nothing else', [grants], (granted) => {
    for (const resource of resources) {
      for (const needed of ['ReadOnly', 'WriteOnly'] as const) {
        const isGranted = granted.some(
          ([to, each]) => to === resource && allows(roleOf([[to, each]]), resource, needed),
        )
        expect(allows(roleOf(granted), resource, needed)).toBe(isGranted)
      }
    }
  })

  property('is the same in whatever order and however often it is granted', [grants, fc.nat()], (granted, turn) => {
    const at = turn % granted.length
    const again = [...granted.slice(at), ...granted.slice(0, at), ...granted].reverse()
    expect(roleOf(again)).toEqual(roleOf(granted))
  })
})
