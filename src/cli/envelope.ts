/** What every command prints with `--json`: one object, additive from version to version. */
import type {Listing} from '../admin/listing.js'
import type {Failure} from './failure.js'
import {jsonText} from './json-text.js'

const apiVersion = 'vearchctl/v1'

export function successEnvelope<Row>({rows, source, problems}: Listing<Row>): string {
  return `${jsonText({apiVersion, ok: true, data: rows, source, problems}, 2)}\n`
}

export function failureEnvelope(error: Failure): string {
  return `${jsonText({apiVersion, ok: false, error}, 2)}\n`
}
