/** One question about one attribute (contract §3.3). */
export interface Condition {
  readonly attribute: string;
  /** As the wire spells it; {@linkcode ../evaluation/match-condition.ts} knows the names. */
  readonly operator: string;
  /** Numbers and booleans have become their strings. */
  readonly values: readonly string[];
  readonly negate: boolean;
}
