import { log } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Scheduler } from "../runtime/scheduler.ts";

/** At most one warning of a kind per interval: many bad events must not become many log lines. */
export interface PacedWarnings {
  /** Whether this kind may warn again. */
  isDue(kind: string): boolean;
  /** Warns once per interval and kind. The next warning says how many were left out. Never throws. */
  warn(kind: string, message: string): void;
}

/** What paced warnings need. */
export interface PacedWarningsOptions {
  /** Receives the warnings. */
  readonly logger: Logger;
  /** The time. */
  readonly scheduler: Pick<Scheduler, "now">;
  /** The interval, in ms. */
  readonly flushInterval: number;
}

/** Creates paced warnings. */
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
