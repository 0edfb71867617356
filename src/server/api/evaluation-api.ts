import type { Hono } from "hono";
import { MAX_WAITING_EVENTS } from "../../contract/limits.ts";
import type { SdkEvent, WireFlag, WireSegment, WireSnapshot } from "../../contract/wire.ts";
import { cloneJson, Environment } from "../environment/environment.ts";
import type { Announce, EnvironmentFile } from "../environment/environment.ts";
import { warnOnce } from "../../runtime/once.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { ServerSource } from "../ofrep/flag-source.ts";
import { OfrepHandler } from "../ofrep/handler.ts";
import type { ResolvedOfrepOptions } from "../ofrep/options.ts";
import { createApp } from "./sdk-routes.ts";
import { EventStreams, warnOfSlowReaders } from "./event-streams.ts";
import { addLocalRoutes, EventLog } from "./local-routes.ts";
import type { WriteChange } from "./local-routes.ts";
import { resolveApiOptions } from "./options.ts";
import type { EvaluationApiOptions, ResolvedApiOptions } from "./options.ts";
import { decodeSdkEvents } from "./sdk-events.ts";

/**
 * A local Evaluation API, as {@linkcode createEvaluationApi} returns it. Every change is checked like the environment,
 * raises the versions, and is sent to every open stream at once, together with other changes of the same tick. It is not for
 * implementing: a minor version may add members.
 */
export interface EvaluationApi {
  /**
   * Answers one request. It works without `this`: pass it to `Deno.serve`, `Bun.serve` or a Worker. A client in the same
   * process needs no socket: `fetch: (input, init) => api.fetch(new Request(input, init))`. What hosts pass as the second
   * argument tells the caller's address.
   */
  readonly fetch: (request: Request, host?: object) => Promise<Response>;
  /** The flags and segments at this moment. */
  readonly snapshot: WireSnapshot;
  /** The token that `/v1/local` requires. */
  readonly writeToken: string;
  /** The newest events that clients sent, oldest first; at most `eventsKept`. */
  readonly events: readonly SdkEvent[];
  /** The number of open streams. */
  readonly openStreams: number;
  /**
   * Creates or replaces one flag.
   *
   * @throws {PayloadError} when the environment would be invalid; nothing is changed then.
   */
  putFlag(flag: WireFlag): WireFlag;
  /**
   * Changes some properties of one flag, such as `{ enabled: false }`.
   *
   * @throws {RangeError} when the flag does not exist.
   * @throws {PayloadError} when the environment would be invalid; nothing is changed then.
   */
  patchFlag(key: string, changes: Partial<WireFlag>): WireFlag;
  /**
   * Removes one flag.
   *
   * @throws {RangeError} when the flag does not exist.
   * @throws {PayloadError} when it is another flag's prerequisite; nothing is changed then.
   */
  deleteFlag(key: string): void;
  /**
   * Creates or replaces one segment.
   *
   * @throws {PayloadError} when the environment would be invalid; nothing is changed then.
   */
  putSegment(segment: WireSegment): WireSegment;
  /**
   * Removes one segment.
   *
   * @throws {RangeError} when the segment does not exist.
   * @throws {PayloadError} when a rule refers to it; nothing is changed then.
   */
  deleteSegment(key: string): void;
  /**
   * Replaces all flags and segments.
   *
   * @throws {PayloadError} when the environment is invalid; nothing is changed then.
   */
  replace(environment: EnvironmentFile): void;
  /** Ends all streams and timers. Requests are still answered. */
  close(): Promise<void>;
  /** Like {@linkcode close}: for `await using api = …`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a local Evaluation API, which serves your own environment over the service's wire (contract §1, §4, §5).
 *
 * `/v1/sdk` requires the SDK key. `/v1/local` requires the write token (`Authorization: Bearer …`): `PATCH`, `PUT` and
 * `DELETE /v1/local/flags/{key}`, `PUT` and `DELETE /v1/local/segments/{key}`, `GET /v1/local/events`. `GET /health` and
 * `GET /ready` are open.
 *
 * @throws {ConfigurationError} when an option is missing, unknown or out of range.
 * @throws {PayloadError} when the environment is invalid: it names the path, what is allowed and what was found.
 * @example
 * ```ts
 * import { createEvaluationApi } from "@featureflip/sdk/server";
 *
 * const api = createEvaluationApi({
 *   sdkKeys: ["sdk-local"],
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
 * await api.close();
 * ```
 */
export function createEvaluationApi(options: EvaluationApiOptions): EvaluationApi {
  return buildApi(resolveApiOptions(options)).api;
}

/** Receives notifications of a local Evaluation API, and makes its changes. */
export interface LocalApiObserver {
  /** The flags have changed; called with the event of the stream. */
  readonly onChange?: Announce | undefined;
  /** A client has sent events. */
  readonly onEvents?: ((events: readonly SdkEvent[]) => void) | undefined;
  /** A stream was opened or has ended. */
  readonly onStreams?: ((open: number) => void) | undefined;
  /** Replaces parts of the OFREP endpoint's options, such as the origins by all of this machine. */
  readonly ofrep?: Partial<ResolvedOfrepOptions> | undefined;
  /** Makes a change that a request asks for; at once by default. */
  readonly write?: WriteChange | undefined;
}

/** The options of `featureflip dev` and of tests, which bring their own clock. */
export interface LocalApiOptions extends EvaluationApiOptions {
  /** The clock for pings; the system clock by default. */
  readonly scheduler?: Scheduler | undefined;
}

/** A local Evaluation API and its parts, for `featureflip dev`, which adds routes. */
export interface LocalApi {
  readonly api: EvaluationApi;
  /** Its routes, behind the checks of host and token. More can be added until the first request. */
  readonly app: Hono;
  readonly environment: Environment;
}

/** Creates an API with an observer, open for more routes. `mod.ts` does not export it. */
export function createLocalApi(
  { scheduler, ...options }: LocalApiOptions,
  observer: LocalApiObserver = {},
): LocalApi {
  return buildApi(resolveApiOptions(options, scheduler), observer);
}

function buildApi(resolved: ResolvedApiOptions, observer: LocalApiObserver = {}): LocalApi {
  const { logger, sdkKeys, hosts, maxBodyBytes, scheduler } = resolved;
  const streams = new EventStreams({
    ...resolved,
    onCount: observer.onStreams,
    onSlowReaders: warnOfSlowReaders(logger),
  });
  const events = new EventLog(resolved.eventsKept);
  const environment = new Environment(
    resolved.environment,
    (message) => logger.warn(message),
    (event, data) => {
      streams.send(event, data);
      observer.onChange?.(event, data);
      source.changed();
    },
  );
  const takeEvents = (taken: readonly SdkEvent[]): void => {
    events.add(taken);
    observer.onEvents?.(taken);
  };
  const source = new ServerSource({
    flags: () => environment.flags,
    scheduler,
    sdkKey: sdkKeys[0]!,
    warn: warnOnce(logger.warn),
    takeEvent: (event) => takeEvents([event]),
  });
  const ofrep = resolved.ofrep &&
    new OfrepHandler(source, { ...resolved.ofrep, ...observer.ofrep });
  let token = resolved.writeToken;
  // Created at its first use: a Worker's global scope has no random numbers.
  const writeToken = (): string => token ??= crypto.randomUUID();
  const app = createApp({
    flags: environment,
    streams,
    takeEvents: (_key, body) => takeEvents(decodeSdkEvents(body, Date.now(), MAX_WAITING_EVENTS).events),
    health: () => Response.json({ status: "ok" }),
    ofrep,
    sdkKeys,
    hosts,
    maxBodyBytes,
    logger,
    scheduler,
  });
  addLocalRoutes(app, {
    environment,
    events,
    writeToken,
    maxBodyBytes,
    scheduler,
    write: observer.write ?? ((change) => change()),
  });

  /** The copy of the snapshot that callers get, and the JSON that it was parsed from. */
  let copy: { readonly json: string; readonly snapshot: WireSnapshot } | undefined;
  const api: EvaluationApi = {
    fetch: async (request, host) => await app.fetch(request, host),
    get snapshot() {
      const { json } = environment.body;
      if (copy?.json !== json) copy = { json, snapshot: JSON.parse(json) as WireSnapshot };
      return copy.snapshot;
    },
    get writeToken() {
      return writeToken();
    },
    get events() {
      return events.events;
    },
    get openStreams() {
      return streams.size;
    },
    putFlag: (flag) => plain(environment.putFlag(flag)),
    patchFlag: (key, changes) => plain(environment.patchFlag(key, changes)),
    deleteFlag: (key) => environment.deleteFlag(key),
    putSegment: (segment) => plain(environment.putSegment(segment)),
    deleteSegment: (key) => environment.deleteSegment(key),
    replace: (file) => environment.replace(cloneJson(file)),
    close,
    [Symbol.asyncDispose]: close,
  };
  function close(): Promise<void> {
    streams.close();
    ofrep?.close();
    return Promise.resolve();
  }

  return { api, app, environment };
}

/** Returns a plain copy: evaluation memoizes in the original. */
function plain<T>(configuration: T): T {
  return JSON.parse(JSON.stringify(configuration)) as T;
}
