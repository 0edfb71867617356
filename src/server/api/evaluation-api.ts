import type { SdkEvent } from "../../contract/sdk-event.ts";
import type { EnvironmentFile } from "../environment/read-environment.ts";
import type { WireFlag, WireSegment, WireSnapshot } from "../../contract/wire.ts";
import { createLocalApi } from "./local-api.ts";
import type { EvaluationApiOptions } from "./options.ts";

/**
 * A local Evaluation API: what {@linkcode createEvaluationApi} makes. Every change is checked as the environment was,
 * raises the versions, and reaches every open stream before the call returns.
 */
export interface EvaluationApi {
  /**
   * Answers one request. It needs no `this`: hand it to `Deno.serve`, `Bun.serve` or a Worker. A client without a socket has
   * `fetch: (input, init) => api.fetch(new Request(input, init))`.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The flags and segments as they are now. */
  readonly snapshot: WireSnapshot;
  /** The token that `/v1/local` asks for. */
  readonly writeToken: string;
  /** The events that clients sent, oldest first, as many as `eventsKept`. */
  readonly events: readonly SdkEvent[];
  /** How many streams are open. */
  readonly openStreams: number;
  /**
   * Creates or replaces one flag.
   *
   * @throws {PayloadError} when the environment would not be as it should be; nothing has changed then.
   */
  putFlag(flag: WireFlag): WireFlag;
  /**
   * Changes some properties of one flag, such as `{ enabled: false }`.
   *
   * @throws {RangeError} when there is no such flag.
   * @throws {PayloadError} when the environment would not be as it should be; nothing has changed then.
   */
  patchFlag(key: string, changes: Partial<WireFlag>): WireFlag;
  /**
   * Removes one flag.
   *
   * @throws {RangeError} when there is no such flag.
   * @throws {PayloadError} when it is another flag's prerequisite; nothing has changed then.
   */
  deleteFlag(key: string): void;
  /**
   * Creates or replaces one segment.
   *
   * @throws {PayloadError} when the environment would not be as it should be; nothing has changed then.
   */
  putSegment(segment: WireSegment): WireSegment;
  /**
   * Removes one segment.
   *
   * @throws {RangeError} when there is no such segment.
   * @throws {PayloadError} when a rule refers to it; nothing has changed then.
   */
  deleteSegment(key: string): void;
  /**
   * Replaces everything: what a changed file asks for.
   *
   * @throws {PayloadError} when it is not as it should be; nothing has changed then.
   */
  replace(environment: EnvironmentFile): void;
  /** Ends all streams, and every timer with them. Requests are answered as before. */
  close(): void;
}

/**
 * Makes a local Evaluation API: the service's wire (contract §1, §4, §5) over an environment of one's own.
 *
 * Beside `/v1/sdk`, which asks for the SDK key, there is `/v1/local`, which asks for the write token (`Authorization:
 * Bearer …`): `PATCH`, `PUT` and `DELETE /v1/local/flags/{key}`, `PUT` and `DELETE /v1/local/segments/{key}`,
 * `GET /v1/local/events`. `GET /health` asks for nothing.
 *
 * @throws {ConfigurationError} when an option is missing, unknown or out of range.
 * @throws {PayloadError} when the environment is not as it should be: it names the path, what is allowed and what was found.
 * @example
 * ```ts
 * import { createEvaluationApi } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({
 *   sdkKey: "sdk-local",
 *   environment: {
 *     flags: [{
 *       key: "dark-mode",
 *       type: "Boolean",
 *       enabled: true,
 *       variations: [{ key: "on", value: true }, { key: "off", value: false }],
 *       rules: [],
 *       fallthrough: { type: "Fixed", variation: "on" },
 *       offVariation: "off",
 *     }],
 *   },
 * });
 * const request = new Request("http://localhost/v1/sdk/flags/dark-mode", { headers: { authorization: "sdk-local" } });
 * const response = await api.fetch(request);
 * console.log((await response.json()).enabled); // true
 * api.close();
 * ```
 */
export function createEvaluationApi(options: EvaluationApiOptions): EvaluationApi {
  return createLocalApi(options).api;
}
