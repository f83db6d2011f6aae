import {writePrivately} from '../../env/private-file.js'
import {type HealthWord, healthOf} from '../health/health.js'
import {look} from '../look.js'
import type {Session} from '../session.js'
import {bundleLines} from './bundle.js'

export interface WrittenBundle {
  readonly file: string
  readonly bytes: number
  readonly revision: number
  readonly health: HealthWord
  /** Of those that were asked. */
  readonly nodesHeard: number
  readonly nodesAsked: number
}

/** The records are read again, at the revision of the picture or a later one: what was said about them is in the picture. */
export async function writeBundle(session: Session, path: string | null): Promise<WrittenBundle> {
  const picture = await look(session)
  const {metadata, nodes, takenAtMs} = picture
  const stamp = new Date(takenAtMs).toISOString().replaceAll(/[:.]/g, '-')
  const file = path ?? `vearch-${metadata.keys.cluster}-${stamp}.bundle.jsonl`
  const reading = await session.readAnew()
  const lines: string[] = []
  for await (const line of bundleLines(picture, reading.scan(metadata.keys.all))) lines.push(line)
  const text = lines.join('')
  await writePrivately(file, text)
  const answers = [...nodes.values()]
  return {
    file,
    bytes: new TextEncoder().encode(text).length,
    revision: metadata.revision,
    health: healthOf(picture).word,
    nodesHeard: answers.filter((answer) => answer.told).length,
    nodesAsked: answers.length,
  }
}
