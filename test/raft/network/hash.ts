/** 53 bits of a text: two multiplicative hashes with different odd factors, side by side. */
export function hash53(text: string): number {
  let high = 0x9e3779b9
  let low = 0x85ebca6b
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0xc2b2ae35)
    low ^= low >>> 15
  }
  high ^= Math.imul(high ^ (high >>> 16), 0x7feb352d)
  low ^= Math.imul(low ^ (low >>> 13), 0x846ca68b)
  return (high >>> 0) * 2 ** 21 + ((low ^ (low >>> 11)) & 0x1fffff)
}
