import type { FeatureflipOptions } from "../../client/options.ts";
import { resolveOptions } from "../../client/resolve-options.ts";
import type { CoreOptions, OptionSource } from "../../client/resolve-options.ts";
import {
  HOUR_MS,
  MAX_REQUESTS_PER_MINUTE,
  MAX_STREAMS_PER_KEY,
  MAX_WAITING_EVENTS,
} from "../../contract/limits.ts";
import { checkNames, checkOption, checkRequired, mayBeOptions } from "../../errors/check-option.ts";
import type { OptionRules } from "../../errors/check-option.ts";
import type { FeatureflipError } from "../../errors/featureflip-error.ts";
import type { EventCounters } from "../../events/event-queue.ts";
import { redactKey } from "../../http/redact.ts";
import { guardLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { ClientState, EffectiveMode } from "../../store/flag-state.ts";
import {
  BOUNDS,
  count,
  hosts,
  isSecret,
  LOGGER,
  milliseconds,
  SDK_KEYS,
  warnOfSeconds,
} from "../http/check-options.ts";
import { resolveServedOfrep, SERVED_OFREP_RULES } from "../ofrep/options.ts";
import type { ResolvedOfrepOptions, ServedOfrepOptions } from "../ofrep/options.ts";
import type { Bounds } from "../http/check-options.ts";

/**
 * The service behind a relay: a subset of a client's options. Two defaults differ from a client's: `flushInterval` is
 * 5,000 ms and `flushBatchSize` 1,000, since a relay sends the events of many clients.
 */
export type RelayUpstream = Pick<
  FeatureflipOptions,
  | "sdkKey"
  | "baseUrl"
  | "eventsUrl"
  | "connectTimeout"
  | "readTimeout"
  | "streaming"
  | "pollInterval"
  | "pollAfterFailures"
  | "flushInterval"
  | "flushBatchSize"
  | "fetch"
>;

/**
 * Options of a relay.
 *
 * @example
 * ```ts
 * import { createRelay } from "@featureflip/sdk/server";
 * import type { RelayOptions } from "@featureflip/sdk/server";
 *
 * const options: RelayOptions = {
 *   upstream: { sdkKey: "sdk-of-the-service", baseUrl: "http://127.0.0.1:9" },
 *   sdkKeys: ["relay-web", "relay-jobs"],
 *   logger: { debug() {}, info() {}, warn() {}, error() {} },
 * };
 * await createRelay(options).close();
 * ```
 */
export interface RelayOptions {
  /** The service that flags come from and events go to; by default from a client's environment variables. */
  readonly upstream?: RelayUpstream | undefined;
  /** The SDK keys that the relay's clients use, at least one. They are never sent to the service. */
  readonly sdkKeys: readonly string[];
  /** The host names that the relay serves, each with or without a port; any by default. */
  readonly hosts?: readonly string[] | undefined;
  /** The time between pings on a stream, in ms; 30,000 by default. */
  readonly pingInterval?: number | undefined;
  /** The largest request body, in bytes; 2 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** How many events of each key may wait for the service; 10,000 by default. */
  readonly maxWaitingEvents?: number | undefined;
  /** How many requests each key may make in a minute; 10,000 by default. */
  readonly maxRequestsPerMinute?: number | undefined;
  /** A token that opens `GET /metrics` and all of `GET /health`, as every key does; none by default. */
  readonly metricsToken?: string | undefined;
  /** The largest number of open streams; 10,000 by default. */
  readonly maxStreams?: number | undefined;
  /**
   * The largest number of open streams of each key, at most `maxStreams`. By default 2,000, but no more than each key's part of
   * `maxStreams`, which is a fifth with five keys and more.
   */
  readonly maxStreamsPerKey?: number | undefined;
  /**
   * How long a stream stays open, in ms; 3,600,000 (an hour) by default. Half as long at least and half as long again at most,
   * so that clients reconnect one by one, and a relay that was restarted gets its share of them.
   */
  readonly maxStreamAge?: number | undefined;
  /** How many bytes may be queued for one stream's reader before the stream is closed; 1 MiB by default. */
  readonly maxBacklogBytes?: number | undefined;
  /**
   * Public keys that open OFREP alone, for browsers and apps; none by default, and then there is no OFREP. A client key must not
   * be an SDK key.
   */
  readonly clientKeys?: readonly string[] | undefined;
  /** The flags that client keys can see: a list of keys, or a function that decides by the key. None by default. */
  readonly flags?: readonly string[] | ((key: string) => boolean) | undefined;
  /** The origins of pages that may use a client key, such as `"https://www.example.com"`; none by default. */
  readonly origins?: readonly string[] | undefined;
  /** How many OFREP requests a minute one address may send; 60 by default. `false` sets no limit. */
  readonly rateLimit?: number | false | undefined;
  /**
   * Returns the address of an OFREP request, for `rateLimit`; that of the connection by default. Behind a proxy, read the header
   * that it sets: requests that come through a proxy from a private address share one limit, a hundred times as large.
   */
  readonly address?: ((request: Request) => string | undefined) | undefined;
  /** Receives what an operator should know; the console by default. */
  readonly logger?: Logger | undefined;
}

/** A relay's options, checked, with their defaults filled in. */
export interface ResolvedRelayOptions extends Bounds {
  readonly upstream: CoreOptions;
  readonly sdkKeys: readonly string[];
  readonly hosts?: readonly string[] | undefined;
  readonly maxStreams: number;
  readonly maxStreamsPerKey: number;
  readonly maxStreamAge: number;
  readonly maxWaitingEvents: number;
  readonly maxRequestsPerMinute: number;
  readonly metricsToken?: string | undefined;
  /** `undefined` without client keys. */
  readonly ofrep: ResolvedOfrepOptions | undefined;
  readonly logger: Logger;
}

/** The options with their own defaults filled in, not resolved yet. */
interface CheckedOptions extends ServedOfrepOptions, Omit<ResolvedRelayOptions, "upstream" | "ofrep"> {
  readonly upstream: RelayUpstream;
}

const OPTIONS: OptionRules<CheckedOptions> = {
  upstream: [{}, "an object of upstream options", mayBeOptions, true],
  sdkKeys: SDK_KEYS,
  hosts: hosts(undefined),
  ...BOUNDS,
  maxStreams: count(10_000),
  maxStreamsPerKey: count(0), // 0: not given
  maxStreamAge: milliseconds(HOUR_MS),
  maxWaitingEvents: count(MAX_WAITING_EVENTS),
  maxRequestsPerMinute: count(MAX_REQUESTS_PER_MINUTE),
  metricsToken: [undefined, "visible ASCII characters, at least one", isSecret, true],
  ...SERVED_OFREP_RULES,
  logger: LOGGER,
};

const UPSTREAM_OPTIONS = {
  sdkKey: true,
  baseUrl: true,
  eventsUrl: true,
  connectTimeout: true,
  readTimeout: true,
  streaming: true,
  pollInterval: true,
  pollAfterFailures: true,
  flushInterval: true,
  flushBatchSize: true,
  fetch: true,
} as const satisfies Readonly<Record<keyof RelayUpstream, true>>;

/** Events have already waited at their clients, and a fleet sends many. */
const FLUSH_INTERVAL = 5_000;
const FLUSH_BATCH_SIZE = 1_000;

/**
 * Checks a relay's options and fills in their defaults.
 *
 * @throws {ConfigurationError} naming the option and what is allowed; never a key.
 */
export function resolveRelayOptions(options: RelayOptions, runtime: OptionSource): ResolvedRelayOptions {
  const { upstream, ...resolved } = checkRequired("create relay", options, OPTIONS, ["sdkKeys"]);
  checkNames("create relay's upstream", upstream, Object.keys(UPSTREAM_OPTIONS));
  const { flushInterval = FLUSH_INTERVAL, flushBatchSize = FLUSH_BATCH_SIZE } = upstream;
  const { core } = resolveOptions({ ...upstream, flushInterval, flushBatchSize }, runtime);
  const logger = guardLogger(resolved.logger, (message) => redactKey(message, core.sdkKey));
  const { connectTimeout, readTimeout } = core;
  const { pingInterval, maxStreamAge } = resolved;
  warnOfSeconds(logger, { connectTimeout, readTimeout, flushInterval, pingInterval, maxStreamAge });
  const sdkKeys = resolved.sdkKeys.map((key) => key.trim());
  return {
    ...resolved,
    sdkKeys,
    maxStreamsPerKey: streamsPerKey(resolved, sdkKeys.length),
    ofrep: resolveServedOfrep(resolved, [...sdkKeys, core.sdkKey], resolved),
    metricsToken: resolved.metricsToken?.trim(),
    upstream: core,
    logger,
  };
}

/** By default, one of several keys cannot take all streams, also when there are few. */
function streamsPerKey(
  { maxStreams, maxStreamsPerKey }: Pick<ResolvedRelayOptions, "maxStreams" | "maxStreamsPerKey">,
  keys: number,
): number {
  const byDefault = Math.min(MAX_STREAMS_PER_KEY, Math.ceil(maxStreams / Math.min(keys, 5)));
  return checkOption("create relay", "maxStreamsPerKey", maxStreamsPerKey || undefined, [
    byDefault,
    `at most 'maxStreams' (${maxStreams})`,
    (value) => value as number <= maxStreams,
  ]);
}

/** The upstream part of a relay's status (contract §6.2). */
export interface RelayUpstreamStatus {
  /** The state, as of a client: with `READY` and `STALE` there are flags to serve. */
  readonly state: ClientState;
  /** How flags are kept current at this moment. */
  readonly mode: EffectiveMode;
  /** The snapshot's version; absent while there is none. */
  readonly version?: number;
  /** How long ago, in ms, the service last confirmed the flags; absent while there are none. */
  readonly age?: number;
  /** The last error since then; absent when there was none. */
  readonly lastError?: FeatureflipError;
}

/** The status of a relay at one moment. A minor version may add properties, here and in its parts. */
export interface RelayStatus {
  /** The connection to the service. */
  readonly upstream: RelayUpstreamStatus;
  /** The number of open client streams. */
  readonly openStreams: number;
  /** Counters of the events that it accepted. */
  readonly events: EventCounters;
  /** The same for each key, in the order of option `sdkKeys`. */
  readonly eventsByKey: readonly EventCounters[];
}
