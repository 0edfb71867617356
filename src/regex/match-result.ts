/** The outcome of one test of one value. */
export interface MatchResult {
  readonly matched: boolean;
  /** The work done, in steps: states entered and characters compared. */
  readonly steps: number;
  /** Whether the steps ran out, and the search was abandoned. */
  readonly exhausted: boolean;
}
