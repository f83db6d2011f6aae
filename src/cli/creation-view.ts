import type {CreationRow} from '../admin/entities/creation-check.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {Tone, View} from './view.js'

const tones: Readonly<Record<CreationRow['verdict'], Tone>> = {
  ok: 'good',
  refused: 'bad',
  waits: 'bad',
  out: 'uncertain',
  doubtful: 'uncertain',
}

export function creationView(catalogue: Catalogue): View<CreationRow> {
  return {
    name: ({subject}) => subject,
    columns: {
      check: {get: ({check}) => check},
      subject: {get: ({subject}) => subject},
      verdict: {get: ({verdict}) => verdict, tone: ({verdict}) => tones[verdict]},
      detail: {get: ({detail}) => textOf(detail, catalogue)},
    },
  }
}
