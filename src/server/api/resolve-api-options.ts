import * as v from "valibot";
import { guardLogger } from "../../runtime/guard-logger.ts";
import type { HostGlobals } from "../../runtime/host-globals.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { createScheduler } from "../../runtime/system-scheduler.ts";
import type { EvaluationApiOptions } from "./options.ts";
import {
  BOUNDS,
  checkOptions,
  HostsSchema,
  isObject,
  LoggerSchema,
  positive,
  SecretSchema,
} from "../http/option-schemas.ts";

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

const SDK_KEYS = "an SDK key, or a list of at least one";

const UNSHOWN: ReadonlySet<string> = new Set(["sdkKey", "writeToken"]);

const OPTIONS = v.strictObject({
  environment: v.unknown(),
  sdkKey: v.union([SecretSchema, v.pipe(v.array(SecretSchema), v.minLength(1, SDK_KEYS))], SDK_KEYS),
  writeToken: v.optional(SecretSchema),
  hosts: v.optional(HostsSchema, LOOPBACK_HOSTS),
  ...BOUNDS,
  maxStreams: v.optional(positive("a finite number of at least 1"), 1_000),
  eventsKept: v.optional(positive("a finite number of at least 1"), 10_000),
  logger: v.optional(LoggerSchema),
  scheduler: v.optional(v.custom<Scheduler>(isObject, "a scheduler")),
});

/**
 * Checks a local Evaluation API's options and fills in their defaults.
 *
 * @throws {ConfigurationError} naming the option and what is allowed; never a key or a token.
 */
export function resolveApiOptions(options: EvaluationApiOptions): ResolvedApiOptions {
  const { sdkKey, logger = console, scheduler, ...resolved } = checkOptions(OPTIONS, options, UNSHOWN);
  return {
    ...resolved,
    sdkKeys: typeof sdkKey === "string" ? [sdkKey] : sdkKey,
    logger: guardLogger(logger),
    scheduler: scheduler ?? createScheduler(globalThis as HostGlobals),
  };
}
