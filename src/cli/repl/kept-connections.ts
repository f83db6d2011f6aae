import type {Target} from '../../admin/contexts/target.js'
import {Connections, type ConnectionsEnv} from '../../admin/session/connections.js'

/** Beyond these the one that was opened first is closed: somebody looks at many clusters in turn. */
const connectionsMax = 8

/** Those of a session, by target: opened once, and shared by the commands that follow each other. */
export class KeptConnections {
  readonly #kept = new Map<string, Connections>()

  to(target: Target, env: ConnectionsEnv): Connections {
    const key = JSON.stringify(target)
    const kept = this.#kept.get(key) ?? new Connections(target, env)
    this.#kept.set(key, kept)
    const [[oldest, first] = [key, kept]] = this.#kept
    if (this.#kept.size > connectionsMax) {
      this.#kept.delete(oldest)
      void first.close()
    }
    return kept
  }

  async drop(connections: Connections): Promise<void> {
    for (const [key, kept] of this.#kept) if (kept === connections) this.#kept.delete(key)
    await connections.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((kept) => this.drop(kept)))
  }
}
