/**
 * `top` on a terminal: the cluster is looked at again and again, and what was seen stands on the screen.
 *
 * - Keys never wait: the looking goes on beside them. What is shown has its age beside it; a look that fails is said, and what was
 *   seen before stays.
 * - Everything that decides is pure: `top-state.ts` what a key means, `top-lines.ts` what stands on the screen. `screen.ts` is the
 *   terminal, and this the loop between them.
 */
import {healthOf} from '../../admin/health/health.js'
import {type Catalogue, textOf} from '../../admin/messages/message.js'
import type {ClusterPicture} from '../../admin/picture/picture.js'
import {type Clock, nextTurn} from '../../env/clock.js'
import {failureOf, sentencesIn} from '../failure.js'
import {filterRows, sortRows} from '../row-fields.js'
import type {View} from '../view.js'
import type {Words} from '../words/words.js'
import {Screen, type ScreenOptions} from './screen.js'
import {type TopSummary, topLines} from './top-lines.js'
import {firstState, type Order, pressed, type TopPane, type TopState} from './top-state.js'
import {paneRows, paneView} from './top-views.js'
import {topWords} from './top-words.js'

export interface TopOptions {
  readonly terminal: Pick<ScreenOptions, 'stdin' | 'stdout'>
  look(signal: AbortSignal): Promise<ClusterPicture>
  readonly everyMs: number
  readonly clock: Clock
  /** Ends it. */
  readonly interrupt: AbortSignal
  readonly pane: TopPane
  /** Of the pane that it begins with: `--sort` and `--filter`. */
  readonly sort: string | null
  readonly filter: string | null
  readonly colors: boolean
  readonly words: Words
  readonly catalogue: Catalogue
}

/** The age on the screen is that of now. */
const ageEveryMs = 1_000

/** Until somebody leaves. Errors: USAGE for a column that there is not. */
export async function runTop(options: TopOptions): Promise<void> {
  const {default: widthOf} = await import('string-width')
  // before there is a screen to say it on
  if (options.sort !== null) sortRows([], paneView(options.pane), options.sort)
  const told = await sentencesIn(options.words.language)
  await new Top(options, widthOf, told).run()
}

interface Seen {
  readonly picture: ClusterPicture
  readonly summary: TopSummary
  readonly atMs: number
}

class Top {
  #state: TopState
  #seen: Seen | null = null
  #fault: string | null = null
  #page = 1
  /** Rows are put in order once for each picture and order. */
  #arranged: {readonly of: readonly unknown[]; readonly rows: readonly unknown[]} = {of: [null], rows: []}
  #failure: unknown = null
  readonly #left = new AbortController()
  #wake = new AbortController()
  readonly #screen: Screen

  constructor(
    private readonly options: TopOptions,
    private readonly widthOf: (text: string) => number,
    private readonly told: (sentence: string) => string,
  ) {
    this.#state = firstState(options.pane, orderOf(options.sort))
    this.#screen = new Screen({
      ...options.terminal,
      onKey: (key) => {
        const before = this.#state
        this.#state = pressed(before, key, {
          rows: this.#arranged.rows.length,
          page: this.#page,
          columns: sortableColumns(this.#view),
        })
        if (this.#state.hasLeft) this.#left.abort()
        // whoever goes on wants to see what is now
        if (before.isPaused && !this.#state.isPaused) this.#wake.abort()
        this.#paint()
      },
      onResize: () => this.#paint(),
      onEnd: () => this.#left.abort(),
    })
  }

  async run(): Promise<void> {
    const signal = AbortSignal.any([this.#left.signal, this.options.interrupt])
    this.#screen.open()
    try {
      this.#paint()
      const running = Promise.all([this.#lookOn(signal), this.#growOlder(signal)])
      await ended(signal)
      this.#screen.close()
      // a look that is left to itself would open what the command closes
      await running
    } finally {
      this.#screen.close()
    }
    if (this.#failure !== null) throw this.#failure
  }

  async #lookOn(signal: AbortSignal): Promise<void> {
    const {clock, everyMs} = this.options
    while (!signal.aborted) {
      const startedAtMs = clock.nowMs()
      if (!this.#state.isPaused) await this.#look(signal)
      this.#wake = new AbortController()
      // a cluster whose look takes long is not asked without a pause
      const pauseMs = Math.max(everyMs, clock.nowMs() - startedAtMs)
      await clock.sleep(pauseMs, AbortSignal.any([signal, this.#wake.signal])).catch(() => {})
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const {look, clock, catalogue, words} = this.options
    const atMs = clock.nowMs()
    try {
      const picture = await look(signal)
      // somebody wants to read what is there
      if (this.#state.isPaused) return
      const {metadata} = picture
      // of a hundred thousand partitions each of these takes its time, and keys come in between
      await nextTurn(clock)
      const health = healthOf(picture)
      await nextTurn(clock)
      const [reason] = health.reasons
      const place = `${metadata.place}, revision ${metadata.revision}`
      const summary = {
        ...{cluster: metadata.keys.cluster, place, health},
        reason: reason === undefined ? null : textOf(reason, catalogue),
      }
      this.#seen = {picture, summary, atMs}
      this.#fault = null
    } catch (thrown) {
      this.#fault = this.told(failureOf(thrown, words).message)
    }
    this.#paint()
  }

  async #growOlder(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.options.clock.sleep(ageEveryMs, signal).catch(() => {})
      this.#paint()
    }
  }

  #paint(): void {
    if (this.#left.signal.aborted) return
    try {
      const {clock, colors, words} = this.options
      const seen = this.#seen
      const {lines, page} = topLines({
        state: this.#state,
        summary: seen?.summary ?? null,
        ageSeconds: seen === null ? 0 : Math.floor((clock.nowMs() - seen.atMs) / 1_000),
        fault: this.#fault,
        rows: this.#rows(),
        view: this.#view,
        size: this.#screen.size,
        words: topWords[words.language],
        colors,
        widthOf: this.widthOf,
      })
      this.#page = page
      this.#screen.paint(lines)
    } catch (thrown) {
      this.#failure = thrown
      this.#left.abort(thrown)
    }
  }

  get #view(): View<unknown> {
    return paneView(this.#state.pane)
  }

  #rows(): readonly unknown[] {
    const {pane, orders} = this.#state
    const of = [this.#seen, pane, orders[pane]]
    if (this.#arranged.of.every((each, at) => each === of[at])) return this.#arranged.rows
    if (this.#seen === null) return []
    const {filter, pane: begun} = this.options
    const order = orders[pane]
    const {rows, view} = paneRows(pane, this.#seen.picture)
    const kept = filter !== null && pane === begun ? filterRows(rows, view, filter) : rows
    const direction = order?.isDescending === true ? 'desc' : 'asc'
    this.#arranged = {of, rows: order === null ? kept : sortRows(kept, view, `${order.column}:${direction}`)}
    return this.#arranged.rows
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), {once: true})
  })
}

function orderOf(sort: string | null): Order {
  if (sort === null) return null
  const [column = '', direction] = sort.split(':')
  return {column, isDescending: direction === 'desc'}
}

function sortableColumns({columns}: View<unknown>): string[] {
  return Object.entries(columns).flatMap(([name, {wide}]) => (wide === true ? [] : [name]))
}
