import { setOwn } from "../contract/wire.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";

/**
 * Merges a context over default attributes. An absent attribute (missing, `undefined` or `null`) comes from the defaults; a
 * user id in either spelling replaces both spellings of the defaults. Never throws.
 */
export function mergeContexts(defaults: EvaluationContext, context: EvaluationContext): EvaluationContext {
  const own = presentAttributes(context);
  const merged = presentAttributes(defaults);
  if (own.user_id !== undefined || own.userId !== undefined) {
    delete merged.user_id;
    delete merged.userId;
  }
  for (const name of Object.keys(own)) setOwn(merged, name, own[name]);
  return merged;
}

/** A copy of the attributes that are present; `__proto__` is an ordinary attribute. */
function presentAttributes(context: EvaluationContext): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const name of ownNames(context)) {
    try {
      const value = context[name];
      if (value !== undefined && value !== null) setOwn(attributes, name, value);
    } catch {
      // A getter throws: the attribute is absent.
    }
  }
  return attributes;
}

function ownNames(context: EvaluationContext): readonly string[] {
  try {
    return Object.getOwnPropertyNames(context);
  } catch {
    return []; // a proxy that throws
  }
}
