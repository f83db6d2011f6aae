const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000}

/** `500ms`, `10s`, `1.5m`, `2h`, or seconds without a unit; null if it is none of these. */
export function parseDurationMs(text: string): number | null {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  const factor = unitMs[unit]
  return number === undefined || factor === undefined ? null : Number(number) * factor
}
