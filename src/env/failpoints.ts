/**
 * Named places where a test may make the process crash, wait or fail. In production every call is a no-op.
 */
export interface Failpoints {
  /** Throws, never returns, or returns at once, as the test that armed `site` decided. */
  hit(site: string): void
}

export const noFailpoints: Failpoints = {hit: () => {}}
