import type { JsonValue } from "./json-value.ts";
import type { Prerequisite } from "./prerequisite.ts";
import type { Rule } from "./rule.ts";
import type { Serve } from "./serve.ts";

/** One of the values that a flag can serve. */
export interface Variation {
  readonly key: string;
  readonly value: JsonValue;
}

/** One flag's configuration (contract §2), decoded: what the wire may leave out is filled in. */
export interface Flag {
  readonly key: string;
  /** Rises with every change, at the speed of one a second: equal versions may differ. */
  readonly version: number;
  /** `Boolean`, `String`, `Number`, `Json`, or what a newer service calls it. */
  readonly type: string;
  readonly enabled: boolean;
  readonly variations: readonly Variation[];
  readonly rules: readonly Rule[];
  readonly fallthrough: Serve;
  /** The variation served while the flag is off; the empty key when there is none. */
  readonly offVariation: string;
  readonly prerequisites: readonly Prerequisite[];
}
