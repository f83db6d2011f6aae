import {hasColors, terminalWidth, write} from '../output.js'
import {helpWordsOf} from '../words/language.js'
import type {Words} from '../words/words.js'
import {type Documented, helpPage} from './help.js'
import {pageText} from './layout.js'

/** Where nobody says how wide a page may be. */
const widthDefault = 80
const widthMin = 40

/** Of a command or a topic; null: of the program. */
export async function showHelp(id: string | null, documented: Documented, {language}: Words): Promise<void> {
  const page = helpPage(id, documented, await helpWordsOf(language))
  const width = Math.max(widthMin, terminalWidth() ?? widthDefault)
  await write(await pageText(page, {width, colors: hasColors(process.stdout, 'auto')}))
}
