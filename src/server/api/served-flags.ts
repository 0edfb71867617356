import type { Flag } from "../../contract/flag.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";

/** The flags behind the routes, wherever they come from. */
export interface ServedFlags {
  /** All flags and segments as JSON; `undefined` while there are none. */
  readonly json: string | undefined;
  /** One flag. */
  flag(key: string): Flag | undefined;
  /** Evaluates one flag; `undefined` when there is none. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined;
}
