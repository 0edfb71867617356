import * as v from "valibot";
import { ConfigurationError } from "../errors/configuration-error.ts";
import type { HostGlobals } from "../runtime/host-globals.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Scheduler } from "../runtime/scheduler.ts";
import { createScheduler } from "../runtime/system-scheduler.ts";
import type { EvaluationApiOptions } from "./evaluation-api-options.ts";

/** A local Evaluation API's options, checked, with their defaults filled in. */
export interface ResolvedApiOptions {
  /** Not checked yet. */
  readonly environment: unknown;
  readonly sdkKeys: readonly string[];
  readonly writeToken?: string | undefined;
  readonly hosts: readonly string[];
  readonly pingInterval: number;
  readonly maxBodyBytes: number;
  readonly maxStreams: number;
  readonly maxBacklogBytes: number;
  readonly eventsKept: number;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

/** The names of this machine for itself. */
const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

const MEBIBYTE = 2 ** 20;

const SECRET = "visible ASCII characters, at least one";
const secret = v.pipe(v.string(SECRET), v.trim(), v.regex(/^[\x21-\x7e]+$/, SECRET));
const SDK_KEYS = "an SDK key, or a list of at least one";

/** Options whose values no message shows. */
const UNSHOWN: ReadonlySet<string> = new Set(["sdkKey", "writeToken"]);

const OPTIONS = v.strictObject({
  environment: v.unknown(),
  sdkKey: v.union([secret, v.pipe(v.array(secret), v.minLength(1, SDK_KEYS))], SDK_KEYS),
  writeToken: v.optional(secret),
  hosts: v.optional(v.array(v.string(), "a list of host names"), LOOPBACK_HOSTS),
  pingInterval: v.optional(positive("a finite number of milliseconds, at least 1"), 30_000),
  maxBodyBytes: v.optional(positive("a finite number of bytes, at least 1"), 10 * MEBIBYTE),
  maxStreams: v.optional(positive("a finite number of at least 1"), 1_000),
  maxBacklogBytes: v.optional(positive("a finite number of bytes, at least 1"), MEBIBYTE),
  eventsKept: v.optional(positive("a finite number of at least 1"), 10_000),
  logger: v.optional(v.custom<Logger>(isObject, "an object with the functions debug, info, warn and error")),
  scheduler: v.optional(v.custom<Scheduler>(isObject, "a scheduler")),
});

/**
 * Checks a local Evaluation API's options and fills in their defaults.
 *
 * @throws {ConfigurationError} naming the option and what is allowed; never a key or a token.
 */
export function resolveApiOptions(options: EvaluationApiOptions): ResolvedApiOptions {
  const result = v.safeParse(OPTIONS, options, { abortEarly: true });
  if (!result.success) throw toConfigurationError(result.issues[0]);
  const { sdkKey, logger = console, scheduler, ...resolved } = result.output;
  return {
    ...resolved,
    sdkKeys: typeof sdkKey === "string" ? [sdkKey] : sdkKey,
    logger,
    scheduler: scheduler ?? createScheduler(globalThis as HostGlobals),
  };
}

function toConfigurationError(
  { kind, path, expected, input, message }: v.BaseIssue<unknown>,
): ConfigurationError {
  const option = String(path?.[0]?.key ?? "options");
  if (expected === "never") {
    // Its name is not shown: it may be a key in the wrong place.
    const known = Object.keys(OPTIONS.entries).join(", ");
    return new ConfigurationError("options", `There are no options but ${known}`);
  }
  if (kind === "schema" && input === undefined) {
    return new ConfigurationError(option, `Option '${option}' is missing`);
  }
  const found = typeof input === "number" && !UNSHOWN.has(option) ? `, but is ${input}` : "";
  return new ConfigurationError(option, `Option '${option}' must be ${message}${found}`);
}

function positive(message: string) {
  return v.pipe(v.number(message), v.finite(message), v.minValue(1, message));
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
