import type { Warn } from "./logger.ts";

/** Returns `true` for a topic that it has not seen before. */
export type Once = (topic: string) => boolean;

/** Options of {@linkcode createOnce}. */
export interface OnceOptions {
  /** How many topics are remembered; 1,000 by default. Topics may be made of user input, so the memory is bounded. */
  readonly limit?: number;
  /**
   * What happens beyond the limit: `"stop"` (the default) treats every further topic as seen, `"restart"` forgets all
   * topics.
   */
  readonly whenFull?: "stop" | "restart";
}

/** How many characters of a topic count: topics may be made of user input. */
const MAX_TOPIC_LENGTH = 1_000;

/** As imported: a test may replace them later (contract §3). */
const { parse, stringify } = JSON;

/** Creates a bounded memory of topics, so that a message about each of them is logged only once. */
export function createOnce({ limit = 1_000, whenFull = "stop" }: OnceOptions = {}): Once {
  const seen = new Set<string>();
  return (topic) => {
    const known = topic.slice(0, MAX_TOPIC_LENGTH);
    if (seen.has(known)) return false;
    if (seen.size >= limit) {
      if (whenFull === "stop") return false;
      seen.clear();
    }
    // A copy: a topic that was cut from a larger text would keep all of it in memory.
    seen.add(parse(stringify(known)) as string);
    return true;
  };
}

/**
 * Passes each message on once: every poll and every reconnection repeats the warnings about the same payload. After 100
 * different messages it starts again.
 */
export function warnOnce(warn: Warn): Warn {
  const isFirst = createOnce({ limit: 100, whenFull: "restart" });
  return (message) => {
    if (isFirst(message)) warn(message);
  };
}
