// Writes to, or optimises, an engine's directory until it is killed; says when a batch is written and when it begins.
import {ZVecOpen} from '@zvec/zvec'

const [directory = '', mode = '', from = '0'] = process.argv.slice(2)
const engine = ZVecOpen(directory)
const [vector] = engine.schema.vectors()
const scalars = engine.schema
  .fields()
  .map(({name}) => name)
  .filter((name) => name !== 'docid')
const row = (docid) => ({
  id: `doc${docid}`,
  fields: {docid, ...Object.fromEntries(scalars.map((name) => [name, '']))},
  vectors: {[vector.name]: new Float32Array(vector.dimension).fill(docid)},
})
const pace = () => new Promise((resolve) => process.send('said', resolve))

if (mode === 'optimize') {
  await pace()
  await engine.optimize()
} else {
  for (let docid = Number(from); ; docid += 100) {
    engine.upsertSync(Array.from({length: 100}, (_, index) => row(docid + index)))
    await pace()
  }
}
