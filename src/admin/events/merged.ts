/**
 * Several streams as one, in the order in which they come. When one ends the others are ended, and it fails if one of them fails then:
 * a stream that was cut short before its first answer says so.
 * Each is asked for one more only when its last one was taken, so nothing piles up here.
 */
export async function* merged<T>(
  signal: AbortSignal,
  streams: (signal: AbortSignal) => readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  const ending = new AbortController()
  const next = (stream: AsyncGenerator<T>) => stream.next().then((result) => ({stream, result}))
  const pending = new Map<AsyncGenerator<T>, ReturnType<typeof next>>()
  for (const stream of streams(AbortSignal.any([signal, ending.signal]))) pending.set(stream, next(stream))
  try {
    while (pending.size > 0) {
      const {stream, result} = await Promise.race(pending.values())
      if (result.done === true) {
        pending.delete(stream)
        ending.abort()
        continue
      }
      pending.set(stream, next(stream))
      yield result.value
    }
  } finally {
    ending.abort()
    await Promise.allSettled(pending.values())
  }
}
