import type { Warn } from "../contract/decode.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { describeCause } from "../http/describe-cause.ts";
import type { DataSink } from "./data-source.ts";

/**
 * Decodes a snapshot that the caller holds. Decoding freezes values, and they are not ours to freeze: flags with such
 * values are copied before. All others are not, since a copy of everything is a tenth of a fresh process's start.
 *
 * @throws {PayloadError} when it is not of the contract's shape, and what `JSON.stringify` throws at what is no JSON.
 */
export function decodeBootstrap(given: unknown, warn: Warn): Snapshot {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return decodeSnapshot(given, warn);
  const { flags, ...others } = given as { readonly flags?: unknown };
  return decodeSnapshot({ ...others, flags: Array.isArray(flags) ? flags.map(withOwnValues) : flags }, warn);
}

function withOwnValues(flag: { readonly variations?: unknown } | null | undefined): unknown {
  const variations = flag?.variations;
  if (Array.isArray(variations) && variations.every((variation) => isPrimitiveJson(variation?.value))) {
    return flag;
  }
  const json = JSON.stringify(flag) as string | undefined;
  return json === undefined ? undefined : JSON.parse(json);
}

function isPrimitiveJson(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/**
 * Applies the snapshot that a function gives, now or later, unless another one was there first (contract §4, initial
 * load). One that does not come, or is refused, costs a warning.
 */
export async function loadBootstrap(
  give: () => unknown,
  sink: DataSink,
  warn: Warn,
): Promise<void> {
  try {
    const snapshot = decodeBootstrap(await give(), warn);
    if (!sink.hasSnapshot()) sink.replace(snapshot, "bootstrap");
  } catch (error) {
    warn(`Option 'bootstrap' gave no snapshot: ${describeCause(error)}`);
  }
}
