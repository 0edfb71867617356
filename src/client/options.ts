import type { SnapshotInput } from "../contract/wire.ts";
import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { EventCounters } from "../events/event-queue.ts";
import type { Inspector } from "../events/inspectors.ts";
import type { Fetch } from "../runtime/fetch.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { SnapshotStore } from "../shared-store/shared-store.ts";
import type { FlagStatus } from "../store/flag-state.ts";

/**
 * How flags are kept current (contract §7).
 *
 * - `"auto"`: `"streaming"` on Node, Bun and Deno, `"lazy"` on request-scoped runtimes (Workers, Vercel Edge).
 * - `"streaming"`: changes arrive as they happen; the client polls while the stream is down.
 * - `"polling"`: the client fetches the flags every `pollInterval`.
 * - `"lazy"`: a request refreshes the flags when they are older than `maxAge`.
 * - `"manual"`: only `refresh()` fetches the flags.
 * - `"offline"`: the client makes no request: it serves `bootstrap` or defaults, and sends no events.
 */
export type Mode = "auto" | "streaming" | "polling" | "lazy" | "manual" | "offline";

/**
 * Which evaluations become analytics events (contract §5).
 *
 * - `"all"`: every evaluation.
 * - `"unique"`: the same flag, user and variation once per `flushInterval`.
 * - `"hourly"`: the same once per hour.
 * - `"none"`: none; `track` and `identify` still record events.
 */
export type EvaluationEventMode = "all" | "unique" | "hourly" | "none";

/**
 * A snapshot to start with, as `GET /v1/sdk/flags` returns it, or a function (also async) that returns one, or `null` or
 * `undefined` for none.
 */
export type Bootstrap =
  | SnapshotInput
  | (() => SnapshotInput | null | undefined | Promise<SnapshotInput | null | undefined>);

/**
 * Options of a client (contract §7). Times are in milliseconds, finite and at least 1.
 *
 * @example
 * ```ts
 * import { FeatureflipClient } from "@featureflip/sdk";
 * import type { FeatureflipOptions } from "@featureflip/sdk";
 *
 * const options: FeatureflipOptions = { sdkKey: "sdk-dev-abc123", mode: "manual", initTimeout: 2_000 };
 * const client = new FeatureflipClient(options);
 * await client.close();
 * ```
 */
export interface FeatureflipOptions {
  /** The environment's SDK key; the environment variable `FEATUREFLIP_SDK_KEY` by default. Trimmed; visible ASCII. */
  readonly sdkKey?: string | undefined;
  /**
   * The URL of the Evaluation API; the environment variable `FEATUREFLIP_BASE_URL` or `https://eval.featureflip.io` by
   * default. An absolute `http:` or `https:` URL without credentials, query or fragment.
   */
  readonly baseUrl?: string | undefined;
  /** The time limit for the headers of a response; 5,000 ms by default. */
  readonly connectTimeout?: number | undefined;
  /** The time limit for the body of a response, except for streams; 10,000 ms by default. */
  readonly readTimeout?: number | undefined;
  /** How long `waitForInitialization()` waits; 10,000 ms by default. */
  readonly initTimeout?: number | undefined;
  /** `false` to poll instead of streaming; `true` by default. */
  readonly streaming?: boolean | undefined;
  /** How flags are kept current; `"auto"` by default. */
  readonly mode?: Mode | undefined;
  /** The pause between polls; 30,000 ms by default, at least 1,000. */
  readonly pollInterval?: number | undefined;
  /** After how many failures of the stream in a row polling starts beside it; 5 by default, may be 0. */
  readonly pollAfterFailures?: number | undefined;
  /** In `"lazy"` mode: the age at which flags are refreshed; 30,000 ms by default. */
  readonly maxAge?: number | undefined;
  /** In `"lazy"` mode: the age at which a request waits until the flags are refreshed; 300,000 ms by default. */
  readonly maxStale?: number | undefined;
  /** A snapshot to start with, or a function (also async) that returns one; none by default. An object is copied. */
  readonly bootstrap?: Bootstrap | undefined;
  /**
   * A shared store: processes and isolates share one snapshot through it (contract §8) and make fewer requests; none by
   * default. Made by `redisStore`, `kvStore` and others of this package, or by `sharedStore()` of `@featureflip/sdk/stores`.
   */
  readonly store?: SnapshotStore | undefined;
  /** Whether analytics events are sent; `true` by default. */
  readonly sendEvents?: boolean | undefined;
  /**
   * The URL that events are sent to, such as a relay's while flags come from the service or a store; `baseUrl` by default. As
   * `baseUrl`, an absolute URL. The SDK key is sent there.
   */
  readonly eventsUrl?: string | undefined;
  /** How often queued events are sent; 30,000 ms by default. */
  readonly flushInterval?: number | undefined;
  /** How many queued events trigger a request, and how many it carries; 100 by default, a whole number. */
  readonly flushBatchSize?: number | undefined;
  /** Which evaluations become events; `"all"` by default. */
  readonly evaluationEvents?: EvaluationEventMode | undefined;
  /** Attributes that are removed from the metadata of events; `"*"` for all of them. None by default. */
  readonly privateAttributes?: readonly string[] | undefined;
  /** Default attributes of every context; those of the context itself take precedence. None by default. */
  readonly defaultContext?: EvaluationContext | undefined;
  /** Functions that are called with every evaluation; none by default. */
  readonly inspectors?: readonly Inspector[] | undefined;
  /** Keeps background work alive after a response; by default that of the runtime, where it offers one. */
  readonly waitUntil?: WaitUntil | undefined;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: Fetch | undefined;
  /** Receives log messages; the console by default. */
  readonly logger?: Logger | undefined;
}

/** Options of one evaluation. */
export interface VariationOptions {
  /**
   * Whether the evaluation is recorded as an analytics event; `true` by default for `variation` and the typed accessors, `false`
   * for `variationDetail` (contract §5).
   */
  readonly track?: boolean | undefined;
}

/**
 * The status of a client at one moment (contract §6.2). A minor version may add properties, states, modes and sources: keep a
 * `default` in a `switch`. Not for implementing.
 */
export interface ClientStatus extends FlagStatus {
  /** Whether the client was closed: it serves defaults, and has no source, version or age. */
  readonly isClosed: boolean;
  /** The number of requests that this client's core made in the last minute. */
  readonly requestsInLastMinute: number;
  /** What happened to the analytics events. */
  readonly events: EventCounters;
}
