/** Configuration files: one value written into one, a new one begun. */
import type {RoleName} from '../../config/key.js'
import type {Env} from '../../env/env.js'
import {writePrivately} from '../../env/private-file.js'
import type {Listing} from '../listing.js'
import {readText} from '../text-file.js'

export interface ConfigChange {
  readonly file: string
  readonly key: string
  /** As it stands in the text. */
  readonly before: string | null
  readonly after: string
}

/** Writes the file, unless only looking. Errors: NOT_FOUND, USAGE, CONFIG_ERROR. */
export async function setConfigValue(
  {disk}: Pick<Env, 'disk'>,
  {file, key, value, isDryRun}: {readonly file: string; key: string; value: string; isDryRun: boolean},
): Promise<Listing<ConfigChange>> {
  const [{setValue}, {loadConfig}] = await Promise.all([
    import('../../config/set-value.js'),
    import('../../config/load.js'),
  ])
  const {text, before, after} = setValue(await readText(disk, file), key, value, file)
  if (!isDryRun) await writePrivately(file, text)
  const {values} = loadConfig(text, file)
  const isSecret = values.some((known) => known.isSecret && known.key === key.toLowerCase())
  const hide = (literal: string | null) => (isSecret && literal !== null ? '***' : literal)
  return {rows: [{file, key, before: hide(before), after: hide(after) ?? ''}], source: file, warnings: []}
}

export async function configTemplate(role: RoleName | null): Promise<string> {
  return (await import('../../config/template.js')).configTemplate(role)
}
