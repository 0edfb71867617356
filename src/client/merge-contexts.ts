import type { EvaluationContext } from "../evaluation/evaluation-context.ts";

/**
 * A context over default attributes. What is absent from it (missing, `undefined` or `null`) comes from the defaults; a
 * user id in either spelling replaces the defaults' in both. Never throws.
 */
export function mergeContexts(defaults: EvaluationContext, context: EvaluationContext): EvaluationContext {
  const merged: Record<string, unknown> = Object.create(null);
  const own: Record<string, unknown> = Object.create(null);
  copyAttributes(context, own);
  copyAttributes(defaults, merged);
  if (own.user_id !== undefined || own.userId !== undefined) {
    delete merged.user_id;
    delete merged.userId;
  }
  return Object.assign(merged, own);
}

function copyAttributes(from: EvaluationContext, to: Record<string, unknown>): void {
  for (const name of ownKeys(from)) {
    try {
      const value = from[name];
      if (value !== undefined && value !== null) to[name] = value;
    } catch {
      // A getter that throws: the attribute is absent.
    }
  }
}

function ownKeys(context: EvaluationContext): readonly string[] {
  try {
    return Object.keys(context);
  } catch {
    return []; // a proxy that does not tell
  }
}
