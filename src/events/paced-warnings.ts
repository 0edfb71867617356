import { log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** Warnings of one kind at most once per interval: a flood of bad events must not become a flood of log lines. */
export interface PacedWarnings {
  /** Whether this kind may warn again. */
  isDue(kind: string): boolean;
  /** Warns, unless this kind has had its warning; then the next one tells how many were left out. Never throws. */
  warn(kind: string, message: string): void;
}

/** What warnings are made of. */
export interface PacedWarningsOptions {
  /** Where they go. */
  readonly logger: Logger;
  /** The time. */
  readonly scheduler: Pick<Scheduler, "now">;
  /** The interval, in ms. */
  readonly flushInterval: number;
}

/** Makes warnings that have not warned of anything yet. */
export function createPacedWarnings(
  { logger, scheduler, flushInterval }: PacedWarningsOptions,
): PacedWarnings {
  const kinds = new Map<string, { readonly since: number; silenced: number }>();

  function isDue(kind: string): boolean {
    const last = kinds.get(kind);
    return last === undefined || Math.abs(scheduler.now() - last.since) >= flushInterval;
  }

  function warn(kind: string, message: string): void {
    const last = kinds.get(kind);
    if (!isDue(kind)) {
      last!.silenced++;
      return;
    }
    kinds.set(kind, { since: scheduler.now(), silenced: 0 });
    const more = last?.silenced ? ` (and ${last.silenced} more like it before)` : "";
    log(logger, "warn", message + more);
  }

  return { isDue, warn };
}
