import type {Catalogue} from '../../admin/messages/message.js'
import {type Language, languages} from '../global-flags.js'
import type {HelpWords} from '../help/words.js'
import {english} from './en.js'
import type {Words} from './words.js'
import {chinese} from './zh.js'

const wordsOf: Readonly<Record<Language, Words>> = {en: english, zh: chinese}

/** Read from the words of the command line, because an error may come before they are understood. */
export function wordsFor(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  preferred?: string | undefined,
): Words {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  const asked = at < 0 ? undefined : (/^--lang=(.*)/.exec(argv[at] ?? '')?.[1] ?? argv[at + 1])
  const {VEARCHCTL_LANG, LC_ALL, LC_MESSAGES, LANG} = environment
  const wanted = asked ?? VEARCHCTL_LANG ?? preferred ?? (LC_ALL || LC_MESSAGES || LANG || 'en')
  return wordsOf[languages.find((language) => wanted.toLowerCase().startsWith(language)) ?? 'en']
}

export async function helpWordsOf(language: Language): Promise<HelpWords> {
  if (language === 'zh') return (await import('./chinese/help.js')).chineseHelp
  return (await import('../help/words.js')).englishHelp
}

/** Loaded only for what says anything of the state of a cluster. */
export async function catalogueOf(language: Language): Promise<Catalogue> {
  if (language === 'zh') return (await import('../../admin/messages/chinese.js')).chinese
  return (await import('../../admin/messages/english.js')).english
}

/** What stands with keys of the configuration file in English, by that text; empty for English itself. */
export async function keyNotesOf(language: Language): Promise<Readonly<Record<string, string>>> {
  return language === 'zh' ? (await import('../../admin/messages/chinese/configuration-keys.js')).keyNotes : {}
}
