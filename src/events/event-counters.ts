/** Why an event was dropped: too many waited, the service refused it, or the time of `close()` was up. */
export type DropReason = "overflow" | "rejected" | "closed";

/** What has become of the events recorded so far: each is counted in exactly one place. */
export interface EventCounters {
  /** Delivered: the service has answered with 2xx. */
  readonly sent: number;
  /** Neither delivered nor dropped yet, those under way included; 10,000 at most. */
  readonly waiting: number;
  /**
   * Given up, by reason. An event that had to make room while it was under way counts as `overflow`, and moves to `sent`
   * when it turns out to have arrived.
   */
  readonly dropped: Readonly<Record<DropReason, number>>;
}
