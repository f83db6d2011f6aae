/** What every command answers with `--json`: one object, additive from version to version. */
import type {Listing} from '../admin/listing.js'
import type {Failure} from './failure.js'

const apiVersion = 'vearchctl/v1'

export function successEnvelope<Row>({rows, source, warnings}: Listing<Row>) {
  return {apiVersion, ok: true, data: rows, warnings, source}
}

export function failureEnvelope(error: Failure) {
  return {apiVersion, ok: false, error}
}
