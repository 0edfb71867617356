import * as v from "valibot";
import type { HostGlobals } from "../../runtime/detect-runtime.ts";
import { guardLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createScheduler } from "../../runtime/scheduler.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import type { EnvironmentFile } from "../environment/read-environment.ts";
import {
  BOUNDS,
  checkOptions,
  HostsSchema,
  isObject,
  LoggerSchema,
  positive,
  SecretSchema,
} from "../http/option-schemas.ts";

/**
 * What a local Evaluation API can be told.
 *
 * @example
 * ```ts
 * import { createEvaluationApi } from "@featureflip/sdk/server";
 * import type { EvaluationApiOptions } from "@featureflip/sdk/server";
 *
 * const options: EvaluationApiOptions = { environment: { flags: [] }, sdkKey: ["sdk-web", "sdk-jobs"], pingInterval: 5_000 };
 * const api = createEvaluationApi(options);
 * api.close();
 * ```
 */
export interface EvaluationApiOptions {
  /** The flags and segments to serve: what an environment file holds. It is copied. */
  readonly environment: EnvironmentFile;
  /** The SDK key that clients send, or several of them. */
  readonly sdkKey: string | readonly string[];
  /** The token that `/v1/local` asks for; a random one by default. */
  readonly writeToken?: string | undefined;
  /**
   * The names under which this API is reached, each with or without a port; `localhost`, `127.0.0.1` and `[::1]` by
   * default. Requests that name another host are refused: a web page must not reach the API under a name of its own.
   */
  readonly hosts?: readonly string[] | undefined;
  /** How often streams are pinged, in ms; 30,000 by default. */
  readonly pingInterval?: number | undefined;
  /** How many bytes a request's body may have; 10 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** How many streams may be open at once; 1,000 by default. */
  readonly maxStreams?: number | undefined;
  /** How many bytes may wait for one stream's reader before it is cut off; 1 MiB by default. */
  readonly maxBacklogBytes?: number | undefined;
  /** How many events are kept for inspection, the newest; 10,000 by default. */
  readonly eventsKept?: number | undefined;
  /** Where warnings and errors go; the console by default. */
  readonly logger?: Logger | undefined;
  /** The clock that pings; the real one by default. */
  readonly scheduler?: Scheduler | undefined;
}

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
