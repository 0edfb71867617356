import type { FeatureflipOptions } from "../../client/options.ts";
import type { Logger } from "../../runtime/logger.ts";

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
