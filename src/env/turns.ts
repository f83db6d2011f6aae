/** One after another, in the order of asking: what would disturb each other, or lose to each other in a store, waits here. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** A failure is the caller's; the next one goes ahead. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => {})
    return turn
  }
}
