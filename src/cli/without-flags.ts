/** A command line without some of its flags, for a process that is to do the rest. */
export function withoutFlags(
  words: readonly string[],
  {switches, valued}: {readonly switches: readonly string[]; readonly valued: readonly string[]},
): string[] {
  return words.filter((word, at) => {
    const before = words[at - 1]
    const isValue = before?.startsWith('--') === true && valued.includes(before.slice(2))
    const name = word.startsWith('--') ? word.slice(2).replace(/=.*$/s, '') : ''
    return !isValue && !switches.includes(name) && !valued.includes(name)
  })
}
