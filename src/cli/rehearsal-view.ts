import {type Finding, subjectText} from '../admin/doctor/finding.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {Rehearsal} from '../admin/plan/rehearsal.js'
import type {View} from './view.js'

export const rehearsalView: View<Rehearsal> = {
  name: ({after}) => after.word,
  columns: {
    before: {get: ({before}) => before.word},
    after: {get: ({after}) => after.word},
    cured: {get: ({cured}) => cured.length},
    caused: {get: ({caused}) => caused.length},
    bytes: {get: ({bytes}) => bytes},
  },
}

export function rehearsalText(rehearsal: Rehearsal, catalogue: Catalogue): string {
  const {before, after, cured, caused, thin, bytes, nodes} = rehearsal
  const finding = (mark: string) => (found: Finding) =>
    `${mark} ${found.code} ${subjectText(found.subject)}: ${textOf(found.message, catalogue)}`
  return [
    `health ${before.word} → ${after.word}`,
    ...cured.map(finding('cured ')),
    ...caused.map(finding('caused')),
    ...thin.map(
      ({step, partition, live, of}) => `step ${step + 1}: partition ${partition} has ${live} of ${of} replicas alive`,
    ),
    `to copy: ${bytes === null ? 'not known' : `${bytes} bytes`}`,
    ...nodes.map(({node, before: was, after: is}) => `node ${node}: ${was} → ${is} replicas`),
    '',
  ].join('\n')
}
