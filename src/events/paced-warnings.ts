import type { Logger } from "../runtime/logger.ts";

/** Warnings of one kind at most once per interval: a flood of bad events must not become a flood of log lines. */
export class PacedWarnings {
  readonly #logger: Logger;
  readonly #interval: number;
  readonly #kinds = new Map<string, { since: number; silenced: number }>();

  /** `interval` in ms. */
  constructor(logger: Logger, interval: number) {
    this.#logger = logger;
    this.#interval = interval;
  }

  /** Whether this kind may warn again. */
  isDue(kind: string, now: number): boolean {
    const last = this.#kinds.get(kind);
    return last === undefined || Math.abs(now - last.since) >= this.#interval;
  }

  /** Warns, unless this kind has had its warning; then the next one tells how many were left out. Never throws. */
  warn(kind: string, now: number, message: string): void {
    const last = this.#kinds.get(kind);
    if (last !== undefined && !this.isDue(kind, now)) {
      last.silenced++;
      return;
    }
    this.#kinds.set(kind, { since: now, silenced: 0 });
    const silenced = last?.silenced ?? 0;
    try {
      this.#logger.warn(silenced === 0 ? message : `${message} (and ${silenced} more like it before)`);
    } catch {
      // A logger that fails must not take an evaluation with it.
    }
  }
}
