/**
 * The one error class. It answers the three questions that a caller has: what went wrong (`name`, `code`, `detail`), may
 * the write have happened (`outcome`), and what to do now (`hint`, `retryable`).
 */
import {type ErrorName, errorCodes, exitCode} from './codes.js'

/** `rejected`: it did not happen and never will. `unknown`: it may have happened, or may yet. */
export type Outcome = 'rejected' | 'unknown'

export interface CodedErrorOptions {
  readonly outcome?: Outcome
  /** The next thing to do, as a sentence or a command. */
  readonly hint?: string
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable?: boolean
  /** Facts for machines: the leader to ask instead, the node that refused. */
  readonly facts?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** How a command ends with it, where its code alone says too little. */
  readonly exit?: keyof typeof exitCode
}

export class CodedError extends Error {
  readonly errorName: ErrorName
  readonly detail: string
  readonly outcome: Outcome
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly facts: Readonly<Record<string, unknown>>
  /** The exit code of a command that it ends. */
  readonly exitCode: number

  constructor(errorName: ErrorName, detail = '', options: CodedErrorOptions = {}) {
    super(wireMessage(errorName, detail), options.cause === undefined ? {} : {cause: options.cause})
    this.name = 'CodedError'
    this.errorName = errorName
    this.detail = detail
    this.outcome = options.outcome ?? 'rejected'
    this.hint = options.hint
    this.retryable = options.retryable ?? false
    this.facts = options.facts ?? {}
    this.exitCode = options.exit === undefined ? errorCodes[errorName].exit : exitCode[options.exit]
  }

  get code(): number {
    return errorCodes[this.errorName].code
  }
}

/** Vearch's `msg`: the name in lower case, then the detail after a colon where there is one. */
function wireMessage(errorName: ErrorName, detail: string): string {
  const name = errorName.toLowerCase()
  return detail === '' ? name : `${name}:${detail}`
}

/** Any thrown value as a coded error: ours unchanged, others INTERNAL_ERROR with their own text. */
export function toCodedError(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new CodedError('INTERNAL_ERROR', detail, {outcome: 'unknown', cause: thrown})
}

export function paramError(detail: string, options: CodedErrorOptions = {}): CodedError {
  return new CodedError('PARAM_ERROR', detail, options)
}
