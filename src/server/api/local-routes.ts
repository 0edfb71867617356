import type { Hono } from "hono";
import type { SdkEvent } from "../../contract/wire.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { withKey } from "../environment/environment.ts";
import type { Environment } from "../environment/environment.ts";
import { orNotFound, refuseOtherMethods } from "../http/problem.ts";
import { readJson } from "../http/request-bounds.ts";
import { authorize, Secrets } from "./authorize.ts";

/** Makes a change of the environment, such as by saving it in a file as well. */
export type WriteChange = <T>(change: () => T) => T | Promise<T>;

/** The parts that the local routes need. */
export interface LocalParts {
  readonly environment: Environment;
  readonly events: EventLog;
  /** Returns the token that they require. */
  readonly writeToken: () => string;
  readonly maxBodyBytes: number;
  readonly scheduler: Scheduler;
  readonly write: WriteChange;
}

const FLAG_PATH = "/v1/local/flags/:key";
const SEGMENT_PATH = "/v1/local/segments/:key";
const EVENTS_PATH = "/v1/local/events";

const METHODS = {
  [EVENTS_PATH]: "GET, HEAD",
  [FLAG_PATH]: "PUT, PATCH, DELETE",
  [SEGMENT_PATH]: "PUT, DELETE",
};

/** Adds the routes of an API that owns its flags: changing them, and reading the received events. */
export function addLocalRoutes(app: Hono, parts: LocalParts): void {
  const { environment, events, write } = parts;
  const body = (request: Request): Promise<unknown> => readJson(request, parts);

  app.use("/v1/local/*", authorize(new Secrets(() => [parts.writeToken()]), "write token"));

  app.get(EVENTS_PATH, (c) => c.json({ events: events.events }));

  app.put(FLAG_PATH, async (c) => {
    const flag = withKey(await body(c.req.raw), c.req.param("key"));
    return await write(() => {
      const status = environment.flag(c.req.param("key")) === undefined ? 201 : 200;
      return c.json(environment.putFlag(flag), status);
    });
  });

  app.patch(FLAG_PATH, async (c) => {
    const changes = await body(c.req.raw);
    return await write(() => {
      const { key } = orNotFound(environment.flag(c.req.param("key")), "flag");
      return c.json(environment.patchFlag(key, changes));
    });
  });

  app.delete(FLAG_PATH, async (c) =>
    await write(() => {
      environment.deleteFlag(orNotFound(environment.flag(c.req.param("key")), "flag").key);
      return c.body(null, 204);
    }));

  app.put(SEGMENT_PATH, async (c) => {
    const segment = withKey(await body(c.req.raw), c.req.param("key"));
    return await write(() => {
      const status = environment.segment(c.req.param("key")) === undefined ? 201 : 200;
      return c.json(environment.putSegment(segment), status);
    });
  });

  app.delete(SEGMENT_PATH, async (c) =>
    await write(() => {
      environment.deleteSegment(orNotFound(environment.segment(c.req.param("key")), "segment").key);
      return c.body(null, 204);
    }));

  refuseOtherMethods(app, METHODS);
}

/** The newest events that were received, for inspection. */
export class EventLog {
  readonly #kept: number;
  #events: readonly SdkEvent[] = [];

  /** Creates an empty log that keeps at most `kept` events. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** The events, oldest first. The list is never changed: more events make a new one. */
  get events(): readonly SdkEvent[] {
    return this.#events;
  }

  /** Adds events, and drops the oldest beyond the bound. */
  add(events: readonly SdkEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-this.#kept);
  }
}
