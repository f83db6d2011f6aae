/**
 * Several streams as one, in the order in which they come. Ends when one of them does, or fails as it fails; the others are ended.
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
    for (;;) {
      const {stream, result} = await Promise.race(pending.values())
      if (result.done === true) return
      pending.set(stream, next(stream))
      yield result.value
    }
  } finally {
    ending.abort()
    await Promise.allSettled(pending.values())
  }
}
