import { decodeFlag } from "../contract/flag.ts";
import type { Flag } from "../contract/flag.ts";
import { kindOf, quote } from "../errors/format.ts";

/**
 * Creates a flag that serves a frozen copy of one value to every context.
 *
 * @throws {TypeError} when the value is not JSON.
 */
export function testFlag(key: string, value: unknown): Flag {
  // `JSON.stringify` turns infinite numbers and `NaN` into `null`, for which the caller would get the default.
  const isJson = typeof value !== "number" || Number.isFinite(value);
  const text = isJson ? JSON.stringify(value) : undefined;
  if (text === undefined) {
    throw new TypeError(
      `Cannot set a test value: the value of flag ${quote(key)} must be JSON, but is ${kindOf(value)}`,
    );
  }
  const variations = [{ key: "test", value: JSON.parse(text) as unknown }];
  const fallthrough = { type: "Fixed", variation: "test" };
  return decodeFlag({ key, version: 1, type: "Json", enabled: true, variations, fallthrough }, () => {})!;
}
