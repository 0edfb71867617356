import type { RolloutServe, Serve } from "../contract/serve.ts";
import { bucket } from "./bucket.ts";
import { attributeReader } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import type { Outcome } from "./outcome.ts";

/** Picks the outcome for a context. */
export type Server = (context: EvaluationContext) => Outcome;

/** Compiles a serve (contract §3.6). */
export function compileServe(serve: Serve, outcomeOf: (variationKey: string) => Outcome): Server {
  if (serve.type === "Rollout" && serve.variations.length > 0) return compileRollout(serve, outcomeOf);
  const outcome = outcomeOf(serve.variation);
  return () => outcome;
}

function compileRollout(serve: RolloutServe, outcomeOf: (variationKey: string) => Outcome): Server {
  const attribute = serve.bucketBy || "userId";
  const read = attributeReader(attribute);
  const isUserId = attribute === "userId" || attribute === "user_id";
  const { salt } = serve;

  let sum = 0;
  const bounds = serve.variations.map(({ weight }) => sum += weight);
  const outcomes = serve.variations.map(({ key }) => outcomeOf(key));
  const control = outcomes[0]!;
  const last = outcomes.length - 1;

  return (context) => {
    const found = read(context);
    const value = found === undefined ? "" : String(found);
    // Nobody in particular: all of them get the control, rather than whatever the empty string hashes to.
    if (value === "" && isUserId) return control;
    const number = bucket(salt, value);
    let index = 0;
    while (index < last && bounds[index]! <= number) index++;
    return outcomes[index]!;
  };
}
