import * as v from "valibot";
import type { FeatureflipOptions } from "../../client/options.ts";
import { resolveOptions } from "../../client/resolve-options.ts";
import type { CoreOptions, ReadEnv } from "../../client/resolve-options.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { redactKey } from "../../http/redact.ts";
import { consoleLogger, guardLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";
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
 * Where a relay's flags come from and its events go: what a client can be told about the service. Two defaults differ from
 * a client's: `flushInterval` is 5,000 ms and `flushBatchSize` 1,000, since a relay sends the events of many.
 */
export type RelayUpstream = Pick<
  FeatureflipOptions,
  | "sdkKey"
  | "baseUrl"
  | "connectTimeout"
  | "readTimeout"
  | "streaming"
  | "pollInterval"
  | "maxStreamRetries"
  | "flushInterval"
  | "flushBatchSize"
  | "fetch"
>;

/**
 * What a relay can be told.
 *
 * @example
 * ```ts
 * import { createRelay } from "@featureflip/sdk/server";
 * import type { RelayOptions } from "@featureflip/sdk/server";
 *
 * const options: RelayOptions = {
 *   upstream: { sdkKey: "sdk-of-the-service", baseUrl: "http://127.0.0.1:9" },
 *   keys: ["relay-web", "relay-jobs"],
 *   logger: { debug() {}, info() {}, warn() {}, error() {} },
 * };
 * await createRelay(options).close();
 * ```
 */
export interface RelayOptions {
  /** Where flags come from and events go; the environment variables of a client by default. */
  readonly upstream?: RelayUpstream | undefined;
  /** The SDK keys of the relay's own clients, at least one. The service never sees them. */
  readonly keys: readonly string[];
  /** The names under which the relay is reached, each with or without a port; any by default. */
  readonly hosts?: readonly string[] | undefined;
  /** How often streams are pinged, in ms; 30,000 by default. */
  readonly pingInterval?: number | undefined;
  /** How many bytes a request's body may have; 10 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** How many streams may be open at once; 10,000 by default. */
  readonly maxStreams?: number | undefined;
  /** How many bytes may wait for one stream's reader before it is cut off; 1 MiB by default. */
  readonly maxBacklogBytes?: number | undefined;
  /** Where the relay says what an operator should know; the console by default. */
  readonly logger?: Logger | undefined;
}

/** A relay's options, checked, with their defaults filled in. */
export interface ResolvedRelayOptions {
  readonly upstream: CoreOptions;
  readonly keys: readonly string[];
  readonly hosts?: readonly string[] | undefined;
  readonly pingInterval: number;
  readonly maxBodyBytes: number;
  readonly maxStreams: number;
  readonly maxBacklogBytes: number;
  readonly logger: Logger;
}

const KEYS = "a list of at least one SDK key";

const OPTIONS = v.strictObject({
  upstream: v.optional(v.custom<RelayUpstream>(isObject, "an object of upstream options"), {}),
  keys: v.pipe(v.array(SecretSchema, KEYS), v.minLength(1, KEYS)),
  hosts: v.optional(HostsSchema),
  ...BOUNDS,
  maxStreams: v.optional(positive("a finite number of at least 1"), 10_000),
  logger: v.optional(LoggerSchema, consoleLogger),
});

const UPSTREAM_OPTIONS = {
  sdkKey: true,
  baseUrl: true,
  connectTimeout: true,
  readTimeout: true,
  streaming: true,
  pollInterval: true,
  maxStreamRetries: true,
  flushInterval: true,
  flushBatchSize: true,
  fetch: true,
} as const satisfies Readonly<Record<keyof RelayUpstream, true>>;

/** Events have waited at their clients already, and those of a fleet come in numbers. */
const FLUSH_INTERVAL = 5_000;
const FLUSH_BATCH_SIZE = 1_000;

/**
 * Checks a relay's options and fills in their defaults.
 *
 * @throws {ConfigurationError} naming the option and what is allowed; never a key.
 */
export function resolveRelayOptions(options: RelayOptions, readEnv: ReadEnv): ResolvedRelayOptions {
  const { upstream, ...resolved } = checkOptions(OPTIONS, options, new Set(["upstream", "keys"]));
  if (Object.keys(upstream).some((name) => !Object.hasOwn(UPSTREAM_OPTIONS, name))) {
    // Its name is not shown: it may be a key in the wrong place.
    const known = Object.keys(UPSTREAM_OPTIONS).join(", ");
    throw new ConfigurationError("upstream", `There are no upstream options but ${known}`);
  }
  const { core } = resolveOptions({
    ...upstream,
    flushInterval: upstream.flushInterval ?? FLUSH_INTERVAL,
    flushBatchSize: upstream.flushBatchSize ?? FLUSH_BATCH_SIZE,
  }, readEnv);
  const logger = guardLogger(resolved.logger, (message) => redactKey(message, core.sdkKey));
  return { ...resolved, upstream: core, logger };
}
