import { checkRequired } from "../../errors/check-option.ts";
import type { OptionRules } from "../../errors/check-option.ts";
import type { HostGlobals } from "../../runtime/host-globals.ts";
import { guardLogger } from "../../runtime/logger.ts";
import type { Logger } from "../../runtime/logger.ts";
import { createScheduler } from "../../runtime/scheduler.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import type { EnvironmentFile } from "../environment/environment.ts";
import { BOUNDS, count, hosts, isSecret, LOGGER, SDK_KEYS, warnOfSeconds } from "../http/check-options.ts";
import { resolveServedOfrep, SERVED_OFREP_RULES } from "../ofrep/options.ts";
import type { ResolvedOfrepOptions, ServedOfrepOptions } from "../ofrep/options.ts";
import type { Bounds } from "../http/check-options.ts";

/**
 * Options of a local Evaluation API.
 *
 * @example
 * ```ts
 * import { createEvaluationApi } from "@featureflip/sdk/server";
 * import type { EvaluationApiOptions } from "@featureflip/sdk/server";
 *
 * const options: EvaluationApiOptions = { environment: { flags: [] }, sdkKeys: ["sdk-web", "sdk-jobs"], pingInterval: 5_000 };
 * const api = createEvaluationApi(options);
 * await api.close();
 * ```
 */
export interface EvaluationApiOptions {
  /** The flags and segments to serve: the content of an environment file. It is copied. */
  readonly environment: EnvironmentFile;
  /** The SDK keys that clients send, at least one. */
  readonly sdkKeys: readonly string[];
  /** The token that `/v1/local` requires; a random one by default. */
  readonly writeToken?: string | undefined;
  /**
   * The host names that this API serves, each with or without a port; `localhost`, `127.0.0.1` and `[::1]` by default.
   * Requests for another host are refused, so that no web page can reach the API by DNS rebinding.
   */
  readonly hosts?: readonly string[] | undefined;
  /** The time between pings on a stream, in ms; 30,000 by default. */
  readonly pingInterval?: number | undefined;
  /** The largest request body, in bytes; 2 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** The largest number of open streams; 1,000 by default. */
  readonly maxStreams?: number | undefined;
  /** How many bytes may be queued for one stream's reader before the stream is closed; 1 MiB by default. */
  readonly maxBacklogBytes?: number | undefined;
  /** How many of the newest events are kept for inspection; 10,000 by default. */
  readonly eventsKept?: number | undefined;
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
  /** Receives warnings and errors; the console by default. */
  readonly logger?: Logger | undefined;
}

/** A local Evaluation API's options, checked, with their defaults filled in. */
export interface ResolvedApiOptions extends Bounds {
  /** Not checked yet. */
  readonly environment: unknown;
  readonly sdkKeys: readonly string[];
  readonly writeToken?: string | undefined;
  readonly hosts: readonly string[];
  readonly maxStreams: number;
  readonly eventsKept: number;
  /** `undefined` without client keys. */
  readonly ofrep: ResolvedOfrepOptions | undefined;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

/** The names of this machine. */
const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** The options with their own defaults filled in, not resolved yet. */
interface CheckedOptions extends ServedOfrepOptions, Omit<ResolvedApiOptions, "scheduler" | "ofrep"> {}

const OPTIONS: OptionRules<CheckedOptions> = {
  environment: [undefined, "an environment", () => true],
  sdkKeys: SDK_KEYS,
  writeToken: [undefined, "visible ASCII characters, at least one", isSecret, true],
  hosts: hosts(LOOPBACK_HOSTS),
  ...BOUNDS,
  maxStreams: count(1_000),
  eventsKept: count(10_000),
  ...SERVED_OFREP_RULES,
  logger: LOGGER,
};

/**
 * Checks a local Evaluation API's options and fills in their defaults.
 *
 * @param scheduler The clock for pings.
 * @throws {ConfigurationError} naming the option and what is allowed; never a key or a token.
 */
export function resolveApiOptions(
  options: EvaluationApiOptions,
  scheduler: Scheduler = createScheduler(globalThis as HostGlobals),
): ResolvedApiOptions {
  const { sdkKeys, writeToken, logger, ...resolved } = checkRequired(
    "create Evaluation API",
    options,
    OPTIONS,
    ["environment", "sdkKeys"],
  );
  const keys = sdkKeys.map((key) => key.trim());
  const guarded = guardLogger(logger);
  warnOfSeconds(guarded, { pingInterval: resolved.pingInterval });
  return {
    ...resolved,
    sdkKeys: keys,
    ofrep: resolveServedOfrep(resolved, keys, resolved),
    writeToken: writeToken?.trim(),
    logger: guarded,
    scheduler,
  };
}
