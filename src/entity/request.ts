/** Carried by every service call that a request causes. */
export interface RequestContext {
  readonly requestId: string
  /** Aborted when the request's time is up (the client has its 504) or the client has gone. */
  readonly signal: AbortSignal
  /** Milliseconds that are left; 0 once the time is up. */
  remainingMs(): number
  /** The authenticated user's name; null where authentication is off or the route needs none. */
  readonly user: string | null
}
