import { freezeJson } from "../contract/decode.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { JsonValue } from "../contract/wire.ts";
import type { DataSink } from "../store/flag-state.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { messageOf } from "../errors/format.ts";
import { describeCause, redactKey } from "../http/redact.ts";
import { log } from "../runtime/logger.ts";
import type { Logger, Warn } from "../runtime/logger.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** What was a snapshot when it was read: clients that are made for every request need not pay for it each time. */
const known = new WeakSet<object>();

type BootstrapOptions = Pick<CoreOptions, "bootstrap" | "sdkKey">;

/**
 * The snapshot in option `bootstrap`; `undefined` when there is none, or a function that is yet to give it.
 *
 * @throws {ConfigurationError} when it is no snapshot.
 */
export function readBootstrap({ bootstrap, sdkKey }: BootstrapOptions, logger: Logger): Snapshot | undefined {
  if (typeof bootstrap !== "object") return undefined;
  try {
    const snapshot = decodeBootstrap(bootstrap, (message) => log(logger, "warn", redactKey(message, sdkKey)));
    known.add(bootstrap);
    return snapshot;
  } catch (error) {
    const reason = error instanceof Error ? redactKey(error.message, sdkKey) : "it can not be read";
    throw new ConfigurationError("bootstrap", `Option 'bootstrap' must be a snapshot: ${reason}`);
  }
}

/**
 * Checks the bootstrap of a later handle, which is not used: its core has one, or flags already.
 *
 * @throws {ConfigurationError} when it is no snapshot.
 */
export function checkBootstrap(options: BootstrapOptions, logger: Logger): void {
  if (!known.has(options.bootstrap as object)) readBootstrap(options, logger);
}

/**
 * Decodes a snapshot that the caller holds. Values are not ours to freeze: those that can be are copied. Nothing else is,
 * since a copy of everything is a tenth of a fresh process's start.
 *
 * @throws {PayloadError} when it is not of the contract's shape, or has a value that JSON can't say, such as a cycle.
 */
export function decodeBootstrap(given: unknown, warn: Warn): Snapshot {
  return decodeSnapshot(given, warn, copyValue);
}

function copyValue(value: unknown): JsonValue {
  if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return value as JsonValue;
  }
  return freezeJson(throughJson(value));
}

function throughJson(value: unknown): unknown {
  try {
    // What JSON has no word for is `null` in it.
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch (error) {
    throw new PayloadError("value", `must be JSON: ${messageOf(error)}`);
  }
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
