/**
 * What the command line says to people, in each language. Codes, JSON, names of commands and flags are the same in all.
 */
import type {ErrorName, exitCode} from '../../errors/codes.js'
import type {Language} from '../global-flags.js'

export interface Words {
  readonly language: Language
  readonly error: string
  readonly hint: string
  readonly warning: string
  readonly source: string
  readonly none: string
  readonly moreRows: (count: number) => string
  readonly seeHelp: (line: string) => string
  readonly didYouMean: (name: string) => string
  readonly noCommand: (words: string) => string
  readonly wouldDo: string
  readonly goOn: string
  readonly typeCluster: (cluster: string) => string
  readonly declined: string
  readonly nobodyToAsk: string
  readonly addYes: string
  readonly protectedContext: (context: string) => string
  readonly addConfirm: (cluster: string) => string
  readonly editAgain: string
  readonly password: (of: string) => string
  readonly ownFault: string
  readonly welcome: string
  readonly interruptAgain: string
  readonly recordHelp: string
  readonly timingHelp: string
  readonly useHelp: string
  readonly setHelp: string
  readonly readOnlyHelp: string
  readonly undoHelp: string
  readonly recordsTo: (path: string) => string
  readonly recordedNothing: string
  readonly exits: Readonly<Record<keyof typeof exitCode, string>>
  /** What an error is, before what it says; what is not here says enough by itself. */
  readonly titles: Readonly<Partial<Record<ErrorName, string>>>
  /** What to do about an error that does not say so itself. */
  readonly nextSteps: Readonly<Partial<Record<ErrorName, string>>>
}
