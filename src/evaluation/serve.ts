import type { Flag } from "../contract/flag.ts";
import type { Serve } from "../contract/serve.ts";
import { bucketer } from "./bucket.ts";
import { readAttribute } from "./evaluation-context.ts";
import type { EvaluationContext } from "./evaluation-context.ts";
import { createOutcome } from "./outcome.ts";
import type { Outcome, OutcomeCause } from "./outcome.ts";

/** A serve, ready to be asked. */
export interface CompiledServe {
  readonly cause: OutcomeCause;
  /** The variation of a Fixed serve, the control of a rollout. */
  readonly first: Share;
  readonly rollout: Rollout | undefined;
}

/** One of the variations that a serve hands out. */
interface Share {
  readonly variationKey: string;
  /** The buckets below it, as far as no share before it has them. */
  readonly bound: number;
  /** Made when it is served first: most shares of most flags never are. */
  outcome: Outcome | undefined;
}

interface Rollout {
  readonly attribute: string;
  readonly bucketOf: (value: string) => number;
  readonly shares: readonly Share[];
}

/** Compiles a serve (contract §3.6). */
export function compileServe(serve: Serve, cause: OutcomeCause): CompiledServe {
  if (serve.type === "Fixed" || serve.variations.length === 0) return fixedServe(serve.variation, cause);
  let bound = 0;
  const shares = serve.variations.map(({ key, weight }) => shareOf(key, bound += weight));
  const rollout = { attribute: serve.bucketBy || "userId", bucketOf: bucketer(serve.salt), shares };
  return { cause, first: shares[0]!, rollout };
}

/** Serves one variation to everybody. */
export function fixedServe(variationKey: string, cause: OutcomeCause): CompiledServe {
  return { cause, first: shareOf(variationKey, 0), rollout: undefined };
}

/** What a serve of this flag comes to for a context. */
export function serve(
  flag: Flag,
  { cause, first, rollout }: CompiledServe,
  context: EvaluationContext,
): Outcome {
  const share = rollout === undefined ? first : pickShare(rollout, context);
  return share.outcome ??= createOutcome(flag, share.variationKey, cause);
}

function pickShare({ attribute, bucketOf, shares }: Rollout, context: EvaluationContext): Share {
  const value = String(readAttribute(context, attribute) ?? "");
  // Nobody in particular: all of them get the control, rather than whatever the empty string hashes to.
  if (value === "" && (attribute === "userId" || attribute === "user_id")) return shares[0]!;
  const bucket = bucketOf(value);
  for (const share of shares) if (share.bound > bucket) return share;
  return shares[shares.length - 1]!;
}

function shareOf(variationKey: string, bound: number): Share {
  return { variationKey, bound, outcome: undefined };
}
