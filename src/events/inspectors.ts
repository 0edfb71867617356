import type { FeatureflipError } from "../errors/featureflip-error.ts";
import { messageOf } from "../errors/format.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EvaluationDetail, EvaluationReason } from "../evaluation/evaluation-detail.ts";
import { isSplit } from "../evaluation/is-split.ts";
import { callGuarded } from "../runtime/logger.ts";
import type { Logger } from "../runtime/logger.ts";
import type { FlagSet } from "../store/flag-set.ts";

/** What an inspector is told of one evaluation. Frozen; what is absent is left out. */
export interface EvaluationEvent {
  /** The flag that was asked for. */
  readonly flagKey: string;
  /** A shallow copy of the context, frozen. */
  readonly context: Readonly<Record<string, unknown>>;
  /** What the caller got: the served value or the caller's default. */
  readonly value: unknown;
  /** The key of the variation that was served; left out when none was. */
  readonly variationKey?: string;
  /** Why. */
  readonly reason: EvaluationReason;
  /** The rule that matched; with reason `RULE_MATCH` only. */
  readonly ruleId?: string;
  /** The prerequisite at fault; with reason `PREREQUISITE_FAILED` only. */
  readonly prerequisiteKey?: string;
  /** What went wrong; with reason `ERROR` only. */
  readonly error?: FeatureflipError;
  /** Whether a percentage decided, of a rule or of the fallthrough (contract §3.6). */
  readonly isSplit: boolean;
  /** The flag's version; left out when there is no such flag. */
  readonly flagVersion?: number;
  /** The environment that the flags belong to; left out where they name none, and before there are any. */
  readonly environment?: string;
  /** When it happened: ISO 8601 and UTC, as analytics events have it (contract §5). */
  readonly timestamp: string;
}

/**
 * Called with every evaluation, synchronously. One that throws, or returns a promise that rejects, is warned about once
 * and disturbs nobody.
 *
 * @example
 * ```ts
 * import type { Inspector } from "@featureflip/sdk";
 *
 * const logEvaluation: Inspector = (event) => console.log(event.flagKey, event.variationKey, event.reason);
 * ```
 */
export type Inspector = (event: EvaluationEvent) => void;

/**
 * Gathers and freezes what inspectors are told; `flags` are those the evaluation was made with, `timestamp` is in ms since
 * the epoch. Never throws.
 */
export function createEvaluationEvent(
  flagKey: string,
  context: EvaluationContext | null | undefined,
  detail: EvaluationDetail<unknown>,
  flags: FlagSet | null,
  timestamp: number,
): EvaluationEvent {
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
 * Makes the function that tells all `inspectors` of an evaluation; `undefined` when there are none, so that an evaluation
 * nobody looks at pays for one comparison and nothing else.
 */
export function createInspectorNotifier(
  inspectors: readonly Inspector[],
  logger: Logger,
): ((event: EvaluationEvent) => void) | undefined {
  if (inspectors.length === 0) return undefined;
  const notified = [...inspectors];
  const failed = new Set<Inspector>();
  return (event) => {
    for (const inspector of notified) {
      callGuarded(() => inspector(event), (error) => {
        if (failed.has(inspector)) return;
        failed.add(inspector);
        logger.warn(`An inspector failed (it goes on being called): ${messageOf(error)}`);
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
