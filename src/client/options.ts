import type { EvaluationContext } from "../evaluation/evaluation-context.ts";
import type { Inspector } from "../events/inspectors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { WaitUntil } from "../runtime/runtime.ts";
import type { SharedStore } from "../shared-store/shared-store.ts";

/**
 * How flags are kept current (contract §7).
 *
 * - `"auto"`: `"streaming"` on Node, Bun and Deno, `"lazy"` where a request is all there is.
 * - `"streaming"`: changes arrive as they happen; polling steps in while the stream is down.
 * - `"polling"`: asked for every `pollInterval`.
 * - `"lazy"`: refreshed when a request asks and what is there is older than `maxAge`.
 * - `"manual"`: fetched by `refresh()` only.
 * - `"offline"`: never fetched; `bootstrap` or defaults. No event leaves.
 */
export type Mode = "auto" | "streaming" | "polling" | "lazy" | "manual" | "offline";

/**
 * Which evaluations become analytics events (contract §5).
 *
 * - `"all"`: every one.
 * - `"unique"`: the same flag, user and variation once per `flushInterval`.
 * - `"none"`: none; `track` and `identify` still count.
 */
export type EvaluationEvents = "all" | "unique" | "none";

/** A snapshot to start from, as `GET /v1/sdk/flags` delivers it, or a function that gives one. */
export type Bootstrap = object | (() => unknown);

/**
 * What a client can be told (contract §7). Times are in milliseconds, finite and at least 1.
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
   * Where the Evaluation API is; the environment variable `FEATUREFLIP_BASE_URL` or `https://eval.featureflip.io` by
   * default. An absolute `http:` or `https:` URL without credentials, query or fragment.
   */
  readonly baseUrl?: string | undefined;
  /** How long the headers of an answer may take; 5,000 ms by default. */
  readonly connectTimeout?: number | undefined;
  /** How long the body of an answer may take, streams aside; 10,000 ms by default. */
  readonly readTimeout?: number | undefined;
  /** How long `waitForInitialization()` waits; 10,000 ms by default. */
  readonly initTimeout?: number | undefined;
  /** `false` polls instead of streaming; `true` by default. */
  readonly streaming?: boolean | undefined;
  /** How flags are kept current; `"auto"` by default. */
  readonly mode?: Mode | undefined;
  /** The pause between polls; 30,000 ms by default, at least 1,000. */
  readonly pollInterval?: number | undefined;
  /** How many failures in a row the stream may have before polling starts beside it; 5 by default, may be 0. */
  readonly maxStreamRetries?: number | undefined;
  /** In `"lazy"` mode: how old a snapshot may be before it is refreshed; 30,000 ms by default. */
  readonly maxAge?: number | undefined;
  /** A snapshot to start from, or a function (async too) that gives one; none by default. An object is copied. */
  readonly bootstrap?: Bootstrap | undefined;
  /** Where processes and isolates share one snapshot (contract §8), so that not each of them asks the service; none by default. */
  readonly store?: SharedStore | undefined;
  /** Whether analytics events are sent; `true` by default. */
  readonly sendEvents?: boolean | undefined;
  /** How often waiting events are sent; 30,000 ms by default. */
  readonly flushInterval?: number | undefined;
  /** How many events a request carries, and how many waiting ones trigger one; 100 by default, a whole number. */
  readonly flushBatchSize?: number | undefined;
  /** Which evaluations become events; `"all"` by default. */
  readonly evaluationEvents?: EvaluationEvents | undefined;
  /** Attributes that never leave in an event's metadata; `"*"` stands for all of them. None by default. */
  readonly privateAttributes?: readonly string[] | undefined;
  /** Attributes merged under every context; what the context has itself counts. None by default. */
  readonly defaultContext?: EvaluationContext | undefined;
  /** Functions that are told of every evaluation; none by default. */
  readonly inspectors?: readonly Inspector[] | undefined;
  /** Keeps background work alive after a response; found by itself where the runtime offers it. */
  readonly waitUntil?: WaitUntil | undefined;
  /** The `fetch` to use; the runtime's by default. */
  readonly fetch?: typeof fetch | undefined;
  /** Where the client says what an operator should know; the console by default. */
  readonly logger?: Logger | undefined;
}

/** How one evaluation is counted. */
export interface VariationOptions {
  /**
   * Whether the evaluation becomes an analytics event; `true` by default for `variation` and the typed accessors, `false`
   * for `variationDetail` (contract §5).
   */
  readonly track?: boolean | undefined;
}
