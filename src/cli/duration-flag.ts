import {CodedError} from '../errors/coded-error.js'
import {parseDurationMs} from './duration.js'
import {custom} from './parameters/flags.js'

/** A flag that takes a time, longer than none. */
export const duration = custom<number>({
  helpValue: '10s',
  parse: async (text, _context, {name}) => {
    const ms = parseDurationMs(text)
    if (ms !== null && ms > 0) return ms
    throw new CodedError('USAGE', `--${name} ${text} is not a duration`, {hint: 'write 500ms, 10s or 2m'})
  },
})
