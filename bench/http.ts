import {Pool} from 'undici'

/** A client with a bounded number of connections, each with one request at a time. */
export class Client {
  readonly #pool: Pool

  constructor(url: string, connections: number) {
    this.#pool = new Pool(url, {connections, pipelining: 1})
  }

  /** The parsed body's data. Throws unless the code is 0. */
  async post<T>(path: string, body: string | Buffer): Promise<T> {
    const {body: answer} = await this.#pool.request({method: 'POST', path, body})
    const envelope = (await answer.json()) as {code: number; msg?: string; data: T}
    if (envelope.code !== 0) throw new Error(`${path}: ${envelope.code} ${envelope.msg}`)
    return envelope.data
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** Runs `work` for every item, `lanes` at a time; returns items per second. */
export async function throughput<T>(lanes: number, items: readonly T[], work: (item: T) => Promise<unknown>) {
  const queue = items.values()
  const startedAt = performance.now()
  await Promise.all(
    Array.from({length: lanes}, async () => {
      for (const item of queue) await work(item)
    }),
  )
  return items.length / ((performance.now() - startedAt) / 1000)
}
