/** What JSON leaves as it is and some terminals obey, or some readers take for the end of a line. */
const unsafe = /[\u007F-\u009F\u2028\u2029]/g

/** JSON for other programs: integers beyond 2^53, which most of them would round, become strings. */
export function jsonText(value: unknown, indent?: number): string {
  const text: string | undefined = JSON.stringify(
    value,
    (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item),
    indent,
  )
  return (text ?? 'null').replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
