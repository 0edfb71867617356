import type { Flag } from "../contract/flag.ts";

/** What the stream said of a flag while a fetch was under way: all of it, or, without `flag`, that it was deleted. */
export interface Arrival {
  readonly version: number;
  readonly flag: Flag | undefined;
}

/** What is known of a flag once a fetch has been answered. */
export interface Verdict {
  /** What to store; `undefined` for no such flag. */
  readonly flag: Flag | undefined;
  /** Whether the two can't be put in order, and only another fetch, begun after both, can tell. */
  readonly unsure: boolean;
}

/**
 * Decides between what a fetch brought and what the stream said while it was under way (contract §4, order). The answer
 * may have been made before or after the arrival, and versions, which count seconds, tell only when they differ.
 *
 * @param fetched What the fetch brought; `undefined` for no such flag.
 * @param arrival What the stream said meanwhile, if anything.
 */
export function reconcile(fetched: Flag | undefined, arrival: Arrival | undefined): Verdict {
  if (arrival === undefined) return { flag: fetched, unsure: false };
  const order = fetched === undefined ? -1 : fetched.version - arrival.version;
  if (arrival.flag === undefined) {
    // Perhaps made again since. Never brought back on the word of a fetch that began before it was deleted, though.
    return { flag: undefined, unsure: order > 0 };
  }
  if (order > 0) return { flag: fetched, unsure: false };
  return {
    flag: arrival.flag,
    unsure: order === 0 && JSON.stringify(fetched) !== JSON.stringify(arrival.flag),
  };
}
