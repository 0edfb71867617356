import type { Flag } from "./flag.ts";
import type { Snapshot } from "./snapshot.ts";

/** One event of the stream, decoded (contract §4). */
export type StreamEvent =
  | { readonly type: "sync"; readonly snapshot: Snapshot }
  /** A flag was created or updated, and this is all of it. */
  | { readonly type: "flag-changed"; readonly key: string; readonly version: number; readonly flag: Flag }
  /** A flag was created or updated; the payload names it only. */
  | { readonly type: "flag-changed"; readonly key: string; readonly version: number; readonly flag: null }
  | { readonly type: "flag-deleted"; readonly key: string; readonly version: number }
  | { readonly type: "segment-changed" }
  | { readonly type: "ping" };
