import { freezeJson } from "../contract/decode.ts";
import { decodeFlag } from "../contract/flag.ts";
import type { Flag } from "../contract/flag.ts";
import { PayloadError } from "../contract/payload-error.ts";
import { decodeSnapshot } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { JsonValue } from "../contract/wire.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { isRecord, kindOf, messageOf, quote } from "../errors/format.ts";
import { describeCause, redactKey } from "../http/redact.ts";
import { log } from "../runtime/logger.ts";
import type { Logger, Warn } from "../runtime/logger.ts";
import type { DataSink } from "../store/flag-state.ts";
import type { CoreOptions } from "./resolve-options.ts";

/** Objects that were decoded successfully: a client that is created for every request need not check them again. */
const checked = new WeakSet<object>();

type BootstrapOptions = Pick<CoreOptions, "bootstrap" | "sdkKey">;

/**
 * Decodes the snapshot in option `bootstrap`; `undefined` without one, or when the option is a function.
 *
 * @throws {ConfigurationError} when it is not a snapshot.
 */
export function readBootstrap({ bootstrap, sdkKey }: BootstrapOptions, logger: Logger): Snapshot | undefined {
  if (typeof bootstrap !== "object") return undefined;
  try {
    const snapshot = decodeBootstrap(bootstrap, (message) => log(logger, "warn", redactKey(message, sdkKey)));
    checked.add(bootstrap);
    return snapshot;
  } catch (error) {
    const problem = redactKey(messageOf(error), sdkKey);
    const message = `Cannot create client: 'bootstrap' must be a snapshot: ${problem}`;
    throw new ConfigurationError("bootstrap", message);
  }
}

/**
 * Checks the bootstrap of a later handle. It is not used, because the core already has flags or a bootstrap of its own.
 *
 * @throws {ConfigurationError} when it is not a snapshot.
 */
export function checkBootstrap(options: BootstrapOptions, logger: Logger): void {
  if (!checked.has(options.bootstrap as object)) readBootstrap(options, logger);
}

/**
 * Decodes a snapshot object of the caller. Its variation values are copied, because values are frozen and the caller's may
 * not be. Nothing else is copied: a copy of everything would slow down the start of a process (bench: cold start).
 *
 * @throws {PayloadError} when it does not have the contract's shape, or has a value that is not JSON, such as a cycle.
 */
export function decodeBootstrap(bootstrap: unknown, warn: Warn): Snapshot {
  // On the wire `segments` is required; here it is an option.
  const snapshot = isRecord(bootstrap) && bootstrap.segments === undefined
    ? { ...bootstrap, segments: [] }
    : bootstrap;
  return decodeSnapshot(snapshot, warn, (json, warn, state) => decodeFlag(json, warn, state, copyValue));
}

/**
 * Serves the snapshot that the bootstrap function returns, unless there are flags by then (contract §4, initial load). If
 * it fails, or returns something else, a warning is logged.
 */
export async function loadBootstrap(
  load: () => unknown,
  sink: DataSink,
  warn: Warn,
): Promise<void> {
  try {
    const snapshot = decodeBootstrap(await load(), warn);
    if (!sink.hasSnapshot()) sink.replace(snapshot, "bootstrap");
  } catch (error) {
    warn(`Ignoring 'bootstrap': its function returned no snapshot: ${describeCause(error)}`);
  }
}

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

function copyValue(value: unknown): JsonValue {
  if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return value as JsonValue;
  }
  return freezeJson(toJsonValue(value));
}

function toJsonValue(value: unknown): unknown {
  try {
    // As in an array: what JSON cannot express becomes `null`.
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch (error) {
    throw new PayloadError("value", `must be JSON: ${messageOf(error)}`);
  }
}
