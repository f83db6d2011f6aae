/** FNV-1a over the text, from a seed, mixed so that every bit of the result depends on all of it. */
export function hash32(text: string, seed = 0): number {
  let hash = Math.imul(seed ^ 0x811c9dc5, 0x01000193)
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}
