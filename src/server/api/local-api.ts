import type { Hono } from "hono";
import type { SdkEvent } from "../../contract/sdk-event.ts";
import { Environment } from "../environment/environment.ts";
import type { Announce } from "../environment/environment.ts";
import type { WireSnapshot } from "../../contract/wire.ts";
import { validate } from "../http/validate.ts";
import { createApp } from "./app.ts";
import type { EvaluationApi } from "./evaluation-api.ts";
import { EventLog } from "./event-log.ts";
import { EventStreams } from "./event-streams.ts";
import { addLocalRoutes } from "./local-routes.ts";
import { resolveApiOptions } from "./options.ts";
import type { EvaluationApiOptions } from "./options.ts";
import { SdkEventsSchema } from "./sdk-events-schema.ts";

/** What somebody who watches a local Evaluation API is told. */
export interface LocalApiObserver {
  /** The flags have changed, in the stream's words. */
  readonly onChange?: Announce | undefined;
  /** Events have come from a client. */
  readonly onEvents?: ((events: readonly SdkEvent[]) => void) | undefined;
  /** A client has opened its stream, or ended it. */
  readonly onStreams?: ((open: number) => void) | undefined;
}

/** A local Evaluation API with what it is made of: for those within who add routes of their own. */
export interface LocalApi {
  readonly api: EvaluationApi;
  /** Its routes, the checks of host and token before them; more can be added until the first request. */
  readonly app: Hono;
  readonly environment: Environment;
}

/** Makes what `createEvaluationApi` answers, watched and open for more routes. `mod.ts` does not export it. */
export function createLocalApi(options: EvaluationApiOptions, observer: LocalApiObserver = {}): LocalApi {
  const resolved = resolveApiOptions(options);
  const { logger, sdkKeys, hosts, maxBodyBytes } = resolved;
  const streams = new EventStreams({ ...resolved, onCount: observer.onStreams });
  const events = new EventLog(resolved.eventsKept);
  const environment = new Environment(
    resolved.environment,
    (message) => logger.warn(message),
    (event, data) => {
      streams.send(event, data);
      observer.onChange?.(event, data);
    },
  );
  let token = resolved.writeToken;
  // Made when it is first asked for: a Worker's global scope draws no random numbers.
  const writeToken = (): string => token ??= crypto.randomUUID();
  const app = createApp({
    flags: environment,
    streams,
    takeEvents(body) {
      const taken = validate(SdkEventsSchema, body).events;
      events.add(taken);
      observer.onEvents?.(taken);
    },
    health: () => Response.json({ status: "ok" }),
    sdkKeys,
    hosts,
    maxBodyBytes,
    logger,
  });
  addLocalRoutes(app, { environment, events, writeToken, maxBodyBytes });

  /** What is handed out of the snapshot, and the JSON that it was made of. */
  let copy: { readonly json: string; readonly snapshot: WireSnapshot } | undefined;
  const api: EvaluationApi = {
    fetch: async (request) => await app.fetch(request),
    get snapshot() {
      const { json } = environment;
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
    replace: (file) => environment.replace(file),
    close: () => streams.close(),
  };
  return { api, app, environment };
}

/** A copy as the wire carries it: evaluation reads the original, and keeps in it what it makes of it. */
function plain<T>(configuration: T): T {
  return JSON.parse(JSON.stringify(configuration)) as T;
}
