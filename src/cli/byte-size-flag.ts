import {CodedError} from '../errors/coded-error.js'
import {parseBytes} from './byte-size.js'
import {custom} from './parameters/flags.js'

/** Errors: USAGE. */
export const byteSize = custom<number>({
  helpValue: '20MB',
  parse: async (written, _context, {name}) => {
    const bytes = parseBytes(written)
    if (bytes !== null) return bytes
    throw new CodedError('USAGE', `--${name} ${written} is not a size`, {hint: 'write 500KB, 20MB or 1GB'})
  },
})
