/** A variation and its share of a rollout. */
export interface WeightedVariation {
  readonly key: string;
  /** In percent; weights need not sum to 100 (contract §3.6). */
  readonly weight: number;
}

/** One variation for everybody. */
export interface FixedServe {
  readonly type: "Fixed";
  /** The empty key when the wire named none. */
  readonly variation: string;
}

/** A percentage rollout (contract §3.6). */
export interface RolloutServe {
  readonly type: "Rollout";
  /** The attribute that is hashed; empty means the user id. */
  readonly bucketBy: string;
  readonly salt: string;
  /** Served when there are no weighted variations; the empty key when the wire named none. */
  readonly variation: string;
  readonly variations: readonly WeightedVariation[];
}

/** What a rule or the fallthrough hands out. */
export type Serve = FixedServe | RolloutServe;
