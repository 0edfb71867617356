import type { Warn } from "../contract/decode.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { describeCause } from "../http/describe-cause.ts";
import type { DataSink } from "./data-source.ts";

/**
 * Decodes a snapshot that the caller holds. A copy of it: decoding freezes values, and they are not ours to freeze.
 *
 * @throws {PayloadError} when it is not of the contract's shape, and what `JSON.stringify` throws at what is no JSON.
 */
export function decodeBootstrap(given: unknown, warn: Warn): Snapshot {
  const json = JSON.stringify(given) as string | undefined;
  return decodeSnapshot(json === undefined ? undefined : JSON.parse(json), warn);
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
