/** JSON for other programs: integers beyond 2^53, which most of them would round, become strings. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item), indent)
}
