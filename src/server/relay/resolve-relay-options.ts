import * as v from "valibot";
import { guardLogger } from "../../runtime/guard-logger.ts";
import { redactKey } from "../../http/redact-key.ts";
import { resolveOptions } from "../../client/resolve-options.ts";
import type { CoreOptions, ReadEnv } from "../../client/resolve-options.ts";
import { ConfigurationError } from "../../errors/configuration-error.ts";
import { consoleLogger } from "../../runtime/console-logger.ts";
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
import type { RelayOptions, RelayUpstream } from "./options.ts";

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
