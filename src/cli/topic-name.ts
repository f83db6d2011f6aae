/** `node` or `nodes`, `partition` or `partitions`: a topic is understood in either number. */
export function topicNamed(word: string, ids: readonly string[]): string {
  const topics = new Set(ids.map((id) => id.split(':')[0] ?? ''))
  if (topics.has(word) || word.startsWith('-')) return word
  return (
    [`${word}s`, `${word}es`, word.replace(/s$/, ''), word.replace(/es$/, '')].find((each) => topics.has(each)) ?? word
  )
}
