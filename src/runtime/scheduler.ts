/** How {@linkcode Scheduler.after} treats the process. */
export interface AfterOptions {
  /** Whether the timer keeps the process alive. Only for a wait that a caller asked for and that is bounded; `false` by default. */
  readonly keepAlive?: boolean;
}

/** Takes a timer back; harmless when it has fired. */
export type CancelTimer = () => void;

/**
 * Time, chance and timers, handed in so that tests need no patching: the only place where a timer is made
 * (contract §6: no timer keeps a process alive).
 */
export interface Scheduler {
  /** The wall clock, in ms since the epoch: a frozen or sleeping machine stops every other clock (contract §4). */
  now(): number;
  /** A random number in [0, 1). */
  random(): number;
  /** Calls `callback` once, after `delay` ms (clamped to 0 … 2^31-1, since longer timers fire at once). */
  after(delay: number, callback: () => void, options?: AfterOptions): CancelTimer;
}
