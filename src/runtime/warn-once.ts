import type { Warn } from "../contract/decode.ts";

/** How many messages are remembered; then it begins anew. */
const MEMORY = 100;

/** Passes each message on once: the same payload comes with every reconnection and every poll. */
export function warnOnce(warn: Warn): Warn {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    if (said.size >= MEMORY) said.clear();
    said.add(message);
    warn(message);
  };
}
