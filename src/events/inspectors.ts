import type { EvaluationErrorCode, FeatureflipError } from "../errors/featureflip-error.ts";
import { messageOf } from "../errors/format.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail, EvaluationReason } from "../evaluation/outcome.ts";
import { isSplit } from "../evaluation/serve.ts";
import { callGuarded } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { FlagSet } from "../store/flag-set.ts";

/** One evaluation, as inspectors receive it. Frozen; absent properties are left out. A minor version may add some. */
export interface InspectedEvaluation {
  /** The flag that was asked for. */
  readonly flagKey: string;
  /** A shallow copy of the context, frozen. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The value that the caller received: the served value or the caller's default. */
  readonly value: unknown;
  /** The key of the variation that was served; left out when none was. */
  readonly variationKey?: string;
  /** Why the caller received this value. */
  readonly reason: EvaluationReason;
  /** The rule that matched; with reason `RULE_MATCH` only. */
  readonly ruleId?: string | undefined;
  /** The prerequisite that failed; with reason `PREREQUISITE_FAILED` only. */
  readonly prerequisiteKey?: string | undefined;
  /** What went wrong; with reason `ERROR` only. */
  readonly error?: FeatureflipError<EvaluationErrorCode> | undefined;
  /** Whether a percentage rollout decided, in a rule or in the fallthrough (contract §3.6). */
  readonly isSplit: boolean;
  /** The flag's version; left out when the flag does not exist. */
  readonly flagVersion?: number;
  /** The environment of the flags; left out when they name none, and before the first flags have arrived. */
  readonly environment?: string;
  /** When it happened: ISO 8601, UTC, as in analytics events (contract §5). */
  readonly timestamp: string;
}

/**
 * Called with every evaluation, synchronously. If it throws, or returns a promise that rejects, the client warns once and
 * continues.
 *
 * @example
 * ```ts
 * import type { Inspector } from "@featureflip/sdk";
 *
 * const logEvaluation: Inspector = (event) => console.log(event.flagKey, event.variationKey, event.reason);
 * ```
 */
export type Inspector = (event: InspectedEvaluation) => void;

/**
 * Creates the frozen event that inspectors receive. `flags` are the flags of the evaluation, `timestamp` is in ms since the
 * epoch. Never throws.
 */
export function createEvaluationEvent(
  flagKey: string,
  context: EvaluationContext | null | undefined,
  detail: EvaluationDetail<unknown>,
  flags: FlagSet | null,
  timestamp: number,
): InspectedEvaluation {
  const flag = flags?.get(flagKey);
  return Object.freeze({
    flagKey,
    context: copyContext(context),
    ...detail,
    isSplit: isSplit(detail, flag),
    ...(flag && { flagVersion: flag.version }),
    ...(flags?.environment && { environment: flags.environment }),
    timestamp: new Date(timestamp).toISOString(),
  });
}

/**
 * Creates the function that calls all `inspectors` with an evaluation; `undefined` without inspectors, so that an
 * evaluation then costs one comparison more and nothing else.
 */
export function createInspectorNotifier(
  inspectors: readonly Inspector[],
  logger: Logger,
): ((event: InspectedEvaluation) => void) | undefined {
  if (inspectors.length === 0) return undefined;
  const notified = [...inspectors];
  const failed = new Set<Inspector>();
  return (event) => {
    for (const inspector of notified) {
      callGuarded(() => inspector(event), (error) => {
        if (failed.has(inspector)) return;
        failed.add(inspector);
        logger.warn(`Inspector failed and is still called: ${messageOf(error)}`);
      });
    }
  };
}

function copyContext(context: EvaluationContext | null | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object.freeze({ ...context });
  } catch {
    return Object.freeze({}); // a getter or a proxy that throws
  }
}
