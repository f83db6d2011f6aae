/**
 * Text as zvec holds it: what could end a quoted literal, or has no UTF-8, is replaced by `%` and four hex digits.
 *
 * zvec's quotes know no escape for a trailing backslash, and lone surrogates would all become U+FFFD. Equality is all
 * that filters ask of text, and the encoding is one to one; most texts are their own encoding.
 */
const unsafe = /[%'"\\\p{Cc}\p{Cs}]/gu
const escaped = /%([0-9a-f]{4})/g

export function encodeText(text: string): string {
  return text.replace(unsafe, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function decodeText(safe: string): string {
  return safe.includes('%') ? safe.replace(escaped, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))) : safe
}

/** As a literal of zvec's filter language. */
export function quoteText(text: string): string {
  return `'${encodeText(text)}'`
}
