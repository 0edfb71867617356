import { decodeFlag } from "../contract/flag.ts";
import type { Flag } from "../contract/flag.ts";
import { quote } from "../errors/format.ts";

/**
 * A flag that serves one value, a frozen copy of it, whoever asks.
 *
 * @throws {TypeError} when the value is no JSON.
 */
export function testFlag(key: string, value: unknown): Flag {
  // Infinite numbers and `NaN` would become `null`, and with it the caller's default.
  const isJson = typeof value !== "number" || Number.isFinite(value);
  const text = isJson ? JSON.stringify(value) : undefined;
  if (text === undefined) throw new TypeError(`The test value of flag ${quote(key)} must be JSON`);
  const variations = [{ key: "test", value: JSON.parse(text) as unknown }];
  const fallthrough = { type: "Fixed", variation: "test" };
  return decodeFlag({ key, version: 1, type: "Json", enabled: true, variations, fallthrough }, () => {})!;
}
