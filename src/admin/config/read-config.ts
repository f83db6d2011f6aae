import type {LoadedConfig} from '../../config/loaded.js'
import type {Env} from '../../env/env.js'
import {readText} from '../text-file.js'

/** The file at `path`, or the embedded default. Errors: NOT_FOUND where there is no such file. */
export async function readConfig({disk}: Pick<Env, 'disk'>, path: string | null): Promise<LoadedConfig> {
  if (path === null) return (await import('../../config/embedded.js')).embeddedConfig()
  const text = await readText(disk, path)
  return (await import('../../config/load.js')).loadConfig(text, path)
}
