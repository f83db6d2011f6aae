/** What the groups of a node have in common, so that they beat together. */
export interface Pulse {
  readonly electionTicks: number
  readonly heartbeatTicks: number
  /** Ticks since the last beat. */
  phase(): number
}
