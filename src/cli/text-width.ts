/**
 * How many columns of a terminal a text takes. Most texts are plain ASCII, whose width is their length, or Chinese, each sign of which
 * takes two; the rest is left to a library that is loaded for it.
 */
export type WidthOf = (text: string) => number

/** With the two marks of our own, for nothing and for what was cut off, and what prose has. */
const narrow = ' -~–…‘’“”'
const wide = '\u3001-\u3011\u3400-\u4DBF\u4E00-\u9FFF\uFF01-\uFF60'
const plain = new RegExp(`^[${narrow}${wide}]*$`)
const twoColumns = new RegExp(`[${wide}]`, 'g')

export async function textWidths(texts: Iterable<string>): Promise<WidthOf> {
  for (const text of texts) {
    if (plain.test(text)) continue
    const {default: measure} = await import('string-width')
    return (each) => (plain.test(each) ? plainWidth(each) : measure(each))
  }
  return plainWidth
}

function plainWidth(text: string): number {
  return text.length + (text.match(twoColumns)?.length ?? 0)
}

/** At most `width` columns; what is cut off is marked. */
export function fitted(text: string, width: number, widthOf: WidthOf): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const {segment} of new Intl.Segmenter().segment(text)) {
    const more = widthOf(segment)
    if (used + more > width - 1) break
    kept += segment
    used += more
  }
  return `${kept}…`
}
