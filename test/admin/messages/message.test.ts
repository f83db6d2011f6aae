import {expect, test} from 'vitest'
import {catalogue} from '../../../src/admin/doctor/catalogue.js'
import {chinese} from '../../../src/admin/messages/chinese.js'
import {configurationEnglish} from '../../../src/admin/messages/english/configuration.js'
import {creationEnglish} from '../../../src/admin/messages/english/creation.js'
import {doctorEnglish} from '../../../src/admin/messages/english/doctor.js'
import {explanationsEnglish} from '../../../src/admin/messages/english/explanations.js'
import {fieldsEnglish} from '../../../src/admin/messages/english/fields.js'
import {healthEnglish} from '../../../src/admin/messages/english/health.js'
import {placementEnglish} from '../../../src/admin/messages/english/placement.js'
import {planEnglish} from '../../../src/admin/messages/english/plan.js'
import {stateEnglish} from '../../../src/admin/messages/english/state.js'
import {titlesEnglish} from '../../../src/admin/messages/english/titles.js'
import {whyEnglish} from '../../../src/admin/messages/english/why.js'
import {english} from '../../../src/admin/messages/english.js'
import {type Catalogue, type MessageId, say, textOf} from '../../../src/admin/messages/message.js'

test.each<[string, ReturnType<typeof say>, string]>([
  ['parameters', say('state.lag', {node: 3, lag: 12n}), 'node 3 is 12 entries behind'],
  ['one', say('health.unreadable', {count: 1, examples: [7]}), '1 partition cannot be read: 7'],
  ['many', say('health.partitions', {count: 2, state: 'lost', examples: [7, 8]}), '2 partitions are lost: 7, 8'],
  ['none', say('state.lag', {node: 3, lag: 0n}), 'node 3 is 0 entries behind'],
  ['a list', say('state.dead', {dead: [1, 2]}), 'not alive: node 1, 2'],
  ['nothing', say('state.silent', {nodes: []}), 'not answering: node –'],
  ['a value in braces stays as it is', say('why.key.broken', {reason: '{node}'}), 'it cannot be read: {node}'],
])('%s', (_, message, text) => {
  expect(textOf(message)).toBe(text)
})

test('another catalogue has other words for the same message', () => {
  expect(textOf(say('state.lag', {node: 3, lag: 12}), chinese)).toBe('节点 3 落后 12 条日志')
})

test.each<[string, Catalogue]>([['Chinese', chinese]])(
  '%s says everything, with the same parameters',
  (_, catalogue) => {
    const parameters = (text: string) => new Set(text.match(/\{\w+\}/g))
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort())
    for (const [id, text] of Object.entries(english)) {
      expect([id, parameters(catalogue[id as MessageId])]).toEqual([id, parameters(text)])
    }
  },
)

test('no chapter of the catalogue takes the id of another', () => {
  const chapters = [
    configurationEnglish,
    creationEnglish,
    doctorEnglish,
    explanationsEnglish,
    fieldsEnglish,
    healthEnglish,
    placementEnglish,
    planEnglish,
    stateEnglish,
    titlesEnglish,
    whyEnglish,
  ]
  const ids = chapters.flatMap((chapter) => Object.keys(chapter))
  expect(ids.length).toBe(new Set(ids).size)
  expect(Object.keys(english).length).toBe(ids.length)
})

test('every check has a title and an explanation that are not those of another', () => {
  for (const {code, title, explanation} of catalogue) {
    expect(title.id).toBe(`${code}.title`)
    expect(explanation.id).toBe(`${code}.explain`)
  }
})
