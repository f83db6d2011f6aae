import type {Target} from '../../admin/contexts/target.js'
import {Connections, type ConnectionsEnv} from '../../admin/session/connections.js'
import {LiveCluster} from '../../admin/session/live-cluster.js'
import type {ValuesOf} from '../completion/completer.js'
import {liveValues} from '../completion/live-values.js'

/** The cluster that the next line would ask, followed in the background; another one once the context is another. */
export class FollowedCluster {
  #live: LiveCluster | null = null
  #target = ''

  constructor(
    private readonly env: Omit<ConnectionsEnv, 'askPassword'>,
    private readonly onChange: () => void,
  ) {}

  /** A file with metadata does not change, so it is not followed. */
  follow(target: Target | null): void {
    const wanted = JSON.stringify(target)
    if (wanted === this.#target) return
    void this.#live?.stop()
    this.#target = wanted
    this.#live = null
    if (target === null || target.snapshot !== null) return
    // nobody is asked for a password by what goes on in the background
    const live = new LiveCluster(new Connections(target, {...this.env, askPassword: null}), () => {
      if (live === this.#live) this.onChange()
    })
    this.#live = live
    live.start()
  }

  get live(): LiveCluster | null {
    return this.#live
  }

  /** None before it is known. */
  get values(): ValuesOf {
    const view = this.#live?.view ?? null
    return view === null ? () => [] : liveValues(view, this.#live?.state !== 'up')
  }

  async stop(): Promise<void> {
    await this.#live?.stop()
  }
}
