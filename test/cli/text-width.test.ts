import stringWidth from 'string-width'
import {expect, test} from 'vitest'
import {textWidths} from '../../src/cli/text-width.js'

test('every sign of prose is as wide as the library says, which is not loaded for it', async () => {
  const codes = Array.from({length: 0x1_0000}, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
  const wrong: string[] = []
  for (const sign of codes.map((code) => String.fromCharCode(code))) {
    const widthOf = await textWidths([sign])
    if (widthOf(sign) !== stringWidth(sign)) wrong.push(sign)
  }
  expect(wrong).toEqual([])
})
