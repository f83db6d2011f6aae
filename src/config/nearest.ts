import {distance} from 'fastest-levenshtein'

/** The nearest of `known` to a mistyped name, or null if none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const [best] = known.map((candidate) => ({candidate, off: distance(name, candidate)})).sort((a, b) => a.off - b.off)
  const isNear = best !== undefined && best.off < name.length && best.off <= Math.max(2, name.length / 3)
  return isNear ? best.candidate : null
}
