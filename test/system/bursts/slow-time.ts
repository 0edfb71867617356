/**
 * How much slower time runs for a Worker than for its host: its deadlines are for requests to a platform that has a core for
 * each of its isolates, and hundreds at once on a busy machine would miss them for that reason alone.
 */
export const PACE = 4;

/** Slows down an isolate's clock and timers; returns the timer as it was. Isolates that pass one `start` agree on the time. */
export function slowTime(start = 0): typeof setTimeout {
  const { now } = Date;
  const later = setTimeout;
  Date.now = () => Math.floor(start + (now() - start) / PACE);
  globalThis.setTimeout =
    ((callback: () => void, ms: number) => later(callback, ms * PACE)) as typeof setTimeout;
  return later;
}
