import type { Flag } from "./flag.ts";
import type { Segment } from "./segment.ts";

/** All flags and segments of one environment (contract §2): the body of `GET /v1/sdk/flags` and of the stream's `sync`. */
export interface Snapshot {
  readonly environment: string;
  /** Rises with every change, at the speed of one a second: never proof that nothing changed. */
  readonly version: number;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}
