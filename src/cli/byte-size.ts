const units: Readonly<Record<string, number>> = {'': 1, B: 1, KB: 1_000, MB: 1_000_000, GB: 1_000_000_000}

/** `500KB`, `20MB`, `1GB`, or bytes; null for anything else. */
export function parseBytes(text: string): number | null {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,9})\s*([KMG]?B?)$/i.exec(text) ?? []
  const factor = units[unit.toUpperCase().replace(/^([KMG])$/, '$1B')]
  return digits === '' || factor === undefined ? null : Number(digits) * factor
}
