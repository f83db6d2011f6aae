/** Failpoints of a simulated process: counted, and one hit of one of them may be its last, or fail. */
import {type FailpointSite, type Failpoints, failpointSites} from '../../src/env/failpoints.js'

export interface SiteFault {
  readonly site: FailpointSite
  /** Which hit, from 1. */
  readonly hit: number
  readonly kind: 'crash' | 'error'
}

export class SimFailpoints implements Failpoints {
  readonly hits = new Map<FailpointSite, number>()

  constructor(
    private readonly fault: SiteFault | null,
    /** Ends the process; nothing of it goes on. */
    private readonly crash: () => void,
    /** Hits of all processes together. */
    private readonly total: Map<FailpointSite, number> = new Map(),
  ) {}

  /** Whether the fault has come about. */
  get isFaulted(): boolean {
    return this.fault !== null && (this.hits.get(this.fault.site) ?? 0) >= this.fault.hit
  }

  async hit(site: FailpointSite): Promise<void> {
    const hit = (this.hits.get(site) ?? 0) + 1
    this.hits.set(site, hit)
    this.total.set(site, (this.total.get(site) ?? 0) + 1)
    if (this.fault?.site !== site || this.fault.hit !== hit) return
    if (this.fault.kind === 'error') throw Object.assign(new Error(`EIO: failpoint ${site}`), {code: 'EIO'})
    this.crash()
    await new Promise(() => {})
  }
}

export const everySite = Object.keys(failpointSites) as readonly FailpointSite[]
