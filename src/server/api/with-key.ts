import { decodeObject } from "../../contract/decode.ts";
import { typeViolation } from "../../contract/payload-error.ts";

/** A body about the flag or segment that a path names: it may leave out the key, or repeat it. */
export function withKey(body: unknown, key: string): Readonly<Record<string, unknown>> {
  const properties = decodeObject(body);
  if (properties.key !== undefined && properties.key !== key) {
    throw typeViolation("key", `${JSON.stringify(key)} or left out`, properties.key);
  }
  return { ...properties, key };
}
