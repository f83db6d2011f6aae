/** One at a time, in the order of asking: what changes a partition's state waits here for what changes it now. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** A failure is the caller's; the next one goes ahead. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => {})
    return turn
  }
}
