import type { Outcome } from "../../evaluation/outcome.ts";

/** An outcome as JSON. */
export interface DescribedOutcome extends Omit<Outcome, "error"> {
  /** What went wrong, in words. */
  readonly error?: string;
}

/** Makes JSON of an outcome: an error would be an empty object there. */
export function describeOutcome({ error, ...outcome }: Outcome): DescribedOutcome {
  return { ...outcome, ...(error !== undefined && { error: error.message }) };
}
