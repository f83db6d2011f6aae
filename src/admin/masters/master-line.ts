import type {MetaReading} from '../../meta/reading.js'

/** What one master does for all of them. */
export interface MasterLine {
  readonly duty: string
  readonly master: string
  readonly modRevision: number
}

/** Our masters are equals; a duty that only one may have at a time is a record under its lease. */
export async function mastersOnDuty(meta: MetaReading): Promise<MasterLine[]> {
  const lines: MasterLine[] = []
  for await (const {key, value, modRevision} of meta.scan(meta.keys.dutyPrefix)) {
    const parsed = meta.keys.parse(key)
    if (parsed.kind === 'duty') lines.push({duty: parsed.name, master: new TextDecoder().decode(value), modRevision})
  }
  return lines
}
