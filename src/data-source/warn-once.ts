import type { Warn } from "../contract/decode.ts";
import type { Logger } from "../runtime/logger.ts";

/** How many warnings are remembered; then it begins anew. */
const MEMORY = 100;

/** Passes each warning on once: the same payload comes with every reconnection and every poll. */
export function warnOnce(logger: Logger): Warn {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    if (said.size >= MEMORY) said.clear();
    said.add(message);
    logger.warn(message);
  };
}
