// What each step of the kill test writes: known to the worker that does it and to the test that checks it.
const batchSize = 40

/** New documents, and a change of some of the step before. */
export function batch(step) {
  const fresh = Array.from({length: batchSize}, (_, index) => ({
    id: `${step}-${index}`,
    fields: {n: step, s: `s${step}`, l: BigInt(step), tags: []},
    vectors: {v: Float32Array.of(step % 97, index)},
  }))
  const changed =
    step === 0 ? [] : [0, 1, 2].map((index) => ({id: `${step - 1}-${index}`, fields: {n: step}, vectors: {}}))
  return [...fresh, ...changed]
}

export const deleted = (step) => (step % 3 === 2 ? [`${step}-7`, `${step - 1}-8`] : [])

/** The value of `n` by id after the steps before `count`. */
export function contentAfter(count) {
  const content = new Map()
  for (let step = 0; step < count; step++) {
    for (const {id, fields} of batch(step)) content.set(id, fields.n)
    for (const id of deleted(step)) content.delete(id)
  }
  return content
}
