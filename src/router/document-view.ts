/** Documents as clients see them (data-plane spec §2.3): the JSON that query and search return. */
import type {FieldValue, StoredDocument} from '../entity/document.js'
import {FieldType} from '../entity/field.js'
import type {Space} from '../entity/space.js'

export type DocumentJson = Record<string, unknown>

type Schema = Pick<Space, 'space_properties'>

export class DocumentView {
  constructor(private readonly space: Schema) {}

  /** `extra` stands right after `_id`: a score, a docid. */
  render(document: StoredDocument, extra: DocumentJson = {}): DocumentJson {
    const json: DocumentJson = {_id: document.id, ...extra}
    for (const [name, value] of Object.entries(document.fields)) {
      json[name] = renderScalar(value, this.space.space_properties[name]?.field_type)
    }
    for (const [name, vector] of Object.entries(document.vectors)) json[name] = Array.from(vector, shortest)
    return json
  }
}

function renderScalar(value: FieldValue, type: FieldType | undefined): unknown {
  if (typeof value === 'bigint') return type === FieldType.date ? renderDate(value) : renderLong(value)
  return type === FieldType.float && typeof value === 'number' ? shortest(value) : value
}

/** A number where that is exact, so that the answer needs no slow JSON. */
function renderLong(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const nanosPerSecond = 1_000_000_000n

/** RFC 3339 in UTC, with as many fractional digits as there are. */
export function renderDate(nanos: bigint): string {
  const fraction = ((nanos % nanosPerSecond) + nanosPerSecond) % nanosPerSecond
  const seconds = Number((nanos - fraction) / nanosPerSecond)
  const whole = new Date(seconds * 1_000).toISOString().slice(0, -'.000Z'.length)
  const digits = fraction.toString().padStart(9, '0').replace(/0+$/, '')
  return digits === '' ? `${whole}Z` : `${whole}.${digits}Z`
}

/** Six digits are always a float32's own; more than nine never. */
const digitsMin = 6
const digitsMax = 9
/** Up to here every integer is a float32. */
const integersEnd = 2 ** 24

/** The double that prints with the fewest digits which a float32 needs: 0.1, not 0.10000000149011612. */
export function shortest(float: number): number {
  if (Number.isInteger(float) && Math.abs(float) <= integersEnd) return float
  // By multiplication first, which costs less than by way of text.
  let scale = 10 ** digitsMin
  for (let magnitude = Math.abs(float); magnitude >= 1; magnitude /= 10) scale /= 10
  for (let digits = digitsMin; digits <= digitsMax && scale >= 1; digits++, scale *= 10) {
    const rounded = Math.round(float * scale) / scale
    if (Math.fround(rounded) === float) return rounded
  }
  for (let digits = digitsMin; digits < digitsMax; digits++) {
    const rounded = Number(float.toPrecision(digits))
    if (Math.fround(rounded) === float) return rounded
  }
  return Number(float.toPrecision(digitsMax))
}
