import {CodedError} from '../../errors/coded-error.js'

/** Not written and never will be; the same request may succeed when there is room again. */
export function exhausted(detail: string, cause?: unknown): CodedError {
  return new CodedError('PARTITION_RESOURCE_EXHAUSTED', detail, {retryable: true, cause})
}
