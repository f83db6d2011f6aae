import {type Redaction, StrictRedaction, secretsHidden} from '../admin/debug/redaction.js'
import {string} from './parameters/flags.js'

export const redactFlag = string({
  description: 'also without names that people gave, and without addresses',
  options: ['strict'],
  helpValue: 'strict',
})

export function redactionOf(strictness: string | undefined): Redaction {
  return strictness === 'strict' ? new StrictRedaction() : secretsHidden
}
