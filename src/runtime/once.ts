import type { Warn } from "../contract/decode.ts";

/** Topics that are remembered; beyond that many, nothing is news any more. */
const MAX_TOPICS = 1_000;

/** Tells whether a topic comes up for the first time: what happens at every evaluation is said once. */
export type IsNews = (topic: string) => boolean;

/** Makes the memory behind {@linkcode IsNews}. It is bounded: flag keys that callers make up are topics too. */
export function createNews(): IsNews {
  const topics = new Set<string>();
  return (topic) => {
    if (topics.has(topic) || topics.size >= MAX_TOPICS) return false;
    topics.add(topic);
    return true;
  };
}

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
