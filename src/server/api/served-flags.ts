import type { Flag } from "../../contract/flag.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";

/** The flags that the routes serve: a local environment, or those of a relay. */
export interface ServedFlags {
  /** All flags and segments as JSON; `undefined` while there are none. */
  readonly json: string | undefined;
  /** One flag. */
  flag(key: string): Flag | undefined;
  /** Evaluates one flag; `undefined` when it does not exist. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined;
}
