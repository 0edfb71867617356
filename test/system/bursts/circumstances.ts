import type { Mood } from "./origin.ts";

/** What one burst meets. */
export interface Circumstances {
  readonly mood: Mood;
  /** How the Worker makes its clients, as worker.ts understands it. */
  readonly setting: string;
  /** Whether the isolate has flags, old ones, when it begins. */
  readonly isWarm: boolean;
}

const MOODS: readonly Mood[] = ["well", "slow", "hanging", "failing", "dropping"];
const SETTINGS = ["", "per-request", "store=kv", "per-request&store=cache", "store=object"];

/**
 * So many bursts show most faults: loads that are cancelled while all other requests wait for them;
 * loads that take their time, with a store's I/O and clients that come and go; refreshes that fail.
 */
const FIRST: readonly Circumstances[] = [
  { mood: "hanging", setting: "", isWarm: false },
  { mood: "slow", setting: "per-request&store=cache", isWarm: false },
  { mood: "dropping", setting: "store=object", isWarm: true },
];

/** All there are: each mood with each setting, cold and warm. */
export const CIRCUMSTANCES: readonly Circumstances[] = [
  ...FIRST,
  ...SETTINGS.flatMap((setting) =>
    MOODS.flatMap((mood) => [false, true].map((isWarm) => ({ mood, setting, isWarm })))
  )
    .filter((circumstances) => !FIRST.some((first) => nameOf(first) === nameOf(circumstances))),
];

/** Names them in a line. */
export function nameOf({ mood, setting, isWarm }: Circumstances): string {
  return `${isWarm ? "warm" : "cold"}, origin ${mood}, ${setting || "one client"}`;
}
