import {dbId} from '../../../entity/ids.js'
import {say} from '../../messages/message.js'
import type {Check} from '../check.js'
import {type Evidence, recordSays} from '../finding.js'

export const vc108: Check = {
  code: 'VC108',
  group: 'metadata',
  severity: 'warning',
  title: say('VC108.title'),
  explanation: say('VC108.explain'),
  needs: ['metadata'],
  check({metadata}) {
    const {dbs, dbNames, dbIds, broken, keys} = metadata
    const named = [...dbIds.values()].map(({value}) => dbId(Number(value)))
    const ids = new Set([...dbs.keys(), ...dbNames.keys(), ...named])
    return [...ids].flatMap((id) => {
      if (broken.has(keys.db(id))) return []
      const [body, name] = [dbs.get(id), dbNames.get(id)]
      const called =
        body?.value.name ?? name?.value ?? [...dbIds].find(([, {value}]) => Number(value) === id)?.[0] ?? ''
      const index = dbIds.get(called)
      if (body?.value.name === name?.value && body !== undefined && Number(index?.value) === id) return []
      const evidence: Evidence[] = [
        ...(body === undefined ? [] : [recordSays(body, {id, name: body.value.name})]),
        ...(name === undefined ? [] : [recordSays(name, {name: name.value})]),
        ...(index === undefined ? [] : [recordSays(index, {id: index.value})]),
      ]
      const absent = [
        ...(body === undefined ? [keys.db(id)] : []),
        ...(name === undefined ? [keys.dbName(id)] : []),
        ...(index === undefined ? [keys.dbId(called)] : []),
      ]
      return [
        {
          subject: {kind: 'db', name: called === '' ? String(id) : called},
          message: absent.length > 0 ? say('VC108.absent', {absent}) : say('VC108', {id, called}),
          evidence,
          next: `vearchctl repair VC108 ${called === '' ? id : called}`,
        },
      ]
    })
  },
}
