/**
 * How many columns of a terminal a text takes. Most texts are plain ASCII, whose width is their length; the rest is left to
 * a library that is loaded for it.
 */
export type WidthOf = (text: string) => number

/** With the two marks of our own, for nothing and for what was cut off. */
const narrow = /^[ -~–…]*$/

export async function textWidths(texts: Iterable<string>): Promise<WidthOf> {
  for (const text of texts) {
    if (narrow.test(text)) continue
    const {default: measure} = await import('string-width')
    return (each) => (narrow.test(each) ? each.length : measure(each))
  }
  return (text) => text.length
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
