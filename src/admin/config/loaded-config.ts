import type {LoadedConfig} from '../../config/loaded.js'
import type {Env} from '../../env/env.js'
import {type Answer, failed, told} from '../picture/answer.js'
import type {Source} from '../picture/source.js'
import {readConfig} from './read-config.js'

/** The file, or why it says nothing. */
export async function loadedConfig(env: Pick<Env, 'disk'>, path: string): Promise<Answer<LoadedConfig>> {
  const source: Source = {from: 'config', path, line: null}
  return readConfig(env, path).then(
    (loaded) => told(loaded, source),
    (thrown: unknown) => failed(thrown, source),
  )
}
