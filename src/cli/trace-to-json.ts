import { FeatureflipError } from "../errors/featureflip-error.ts";

/**
 * Makes JSON of what holds traces or details: an error, whose message JSON would leave out, becomes code and message.
 *
 * @param space As `JSON.stringify` has it.
 */
export function traceToJson(value: unknown, space?: number): string {
  const replace = (_name: string, item: unknown): unknown =>
    item instanceof FeatureflipError ? { code: item.code, message: item.message } : item;
  return JSON.stringify(value, replace, space);
}
