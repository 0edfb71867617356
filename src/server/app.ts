import { Hono } from "hono";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { EVALUATE_PATH, EVENTS_PATH, FLAGS_PATH, STREAM_PATH } from "../contract/endpoints.ts";
import { PayloadError } from "../contract/payload-error.ts";
import type { Logger } from "../runtime/logger.ts";
import { authorize } from "./authorize.ts";
import { checkHost } from "./check-host.ts";
import type { Environment } from "./environment.ts";
import { contextOf, EvaluateRequestSchema, toEvaluateResponse } from "./evaluate-request.ts";
import type { EventLog } from "./event-log.ts";
import type { EventStreams } from "./event-streams.ts";
import { problem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { SdkEventsSchema } from "./sdk-events-schema.ts";
import { validate } from "./validate.ts";
import { withKey } from "./with-key.ts";

/** What the routes work on. */
export interface AppParts {
  readonly environment: Environment;
  readonly streams: EventStreams;
  readonly events: EventLog;
  readonly sdkKeys: readonly string[];
  /** Gives the token that `/v1/local` asks for. */
  readonly writeToken: () => string;
  readonly hosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
}

const FLAG_PATH = `${FLAGS_PATH}/:key` as const;
const LOCAL_FLAG_PATH = "/v1/local/flags/:key";
const LOCAL_SEGMENT_PATH = "/v1/local/segments/:key";
const LOCAL_EVENTS_PATH = "/v1/local/events";
const HEALTH_PATH = "/health";

const METHODS = {
  [HEALTH_PATH]: "GET, HEAD",
  [FLAGS_PATH]: "GET, HEAD",
  [FLAG_PATH]: "GET, HEAD",
  [STREAM_PATH]: "GET, HEAD",
  [EVALUATE_PATH]: "POST",
  [EVENTS_PATH]: "POST",
  [LOCAL_EVENTS_PATH]: "GET, HEAD",
  [LOCAL_FLAG_PATH]: "PUT, PATCH, DELETE",
  [LOCAL_SEGMENT_PATH]: "PUT, DELETE",
};

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  // Deno compresses an answer unless told not to, and a compressed stream is held back (contract §1).
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** The routes: the service's own wire under `/v1/sdk` (contract §1), what only a local API has under `/v1/local`. */
export function createApp(parts: AppParts): Hono {
  const { environment, streams, events, maxBodyBytes } = parts;
  const body = (request: Request): Promise<unknown> => readJson(request, maxBodyBytes);
  const app = new Hono();

  app.use(checkHost(parts.hosts));
  app.use("/v1/sdk/*", authorize(() => parts.sdkKeys, "SDK key"));
  app.use("/v1/local/*", authorize(() => [parts.writeToken()], "write token"));

  app.get(HEALTH_PATH, (c) => c.json({ status: "ok" }));

  app.get(FLAGS_PATH, etag(), (c) => c.body(environment.json, 200, { "content-type": "application/json" }));

  app.get(FLAG_PATH, (c) => {
    return c.json(found(environment.flag(c.req.param("key")), "flag"));
  });

  app.post(EVALUATE_PATH, async (c) => {
    const request = validate(EvaluateRequestSchema, await body(c.req.raw));
    const outcome = found(environment.evaluate(request.flagKey, contextOf(request)), "flag");
    return c.json(toEvaluateResponse(request.flagKey, outcome));
  });

  app.post(EVENTS_PATH, async (c) => {
    events.add(validate(SdkEventsSchema, await body(c.req.raw)).events);
    return c.body(null, 202);
  });

  app.get(STREAM_PATH, (c) => {
    if (c.req.method === "HEAD") return c.body(null, 200, STREAM_HEADERS);
    if (streams.full) return problem(503, "There are too many streams", { "retry-after": "5" });
    return c.body(streams.open("sync", environment.json), 200, STREAM_HEADERS);
  });

  app.get(LOCAL_EVENTS_PATH, (c) => c.json({ events: events.events }));

  app.put(LOCAL_FLAG_PATH, async (c) => {
    const flag = withKey(await body(c.req.raw), c.req.param("key"));
    const status = environment.flag(c.req.param("key")) === undefined ? 201 : 200;
    return c.json(environment.putFlag(flag), status);
  });

  app.patch(LOCAL_FLAG_PATH, async (c) => {
    const changes = await body(c.req.raw);
    const { key } = found(environment.flag(c.req.param("key")), "flag");
    return c.json(environment.patchFlag(key, changes));
  });

  app.delete(LOCAL_FLAG_PATH, (c) => {
    environment.deleteFlag(found(environment.flag(c.req.param("key")), "flag").key);
    return c.body(null, 204);
  });

  app.put(LOCAL_SEGMENT_PATH, async (c) => {
    const segment = withKey(await body(c.req.raw), c.req.param("key"));
    const status = environment.segment(c.req.param("key")) === undefined ? 201 : 200;
    return c.json(environment.putSegment(segment), status);
  });

  app.delete(LOCAL_SEGMENT_PATH, (c) => {
    environment.deleteSegment(found(environment.segment(c.req.param("key")), "segment").key);
    return c.body(null, 204);
  });

  for (const [path, allow] of Object.entries(METHODS)) {
    app.all(path, (c) => problem(405, `${c.req.method} is not allowed here`, { allow }));
  }
  app.notFound(() => problem(404, "There is nothing here"));
  app.onError((error, c) => {
    // What can't be removed is refused for what else is there, not for what the request says.
    if (error instanceof PayloadError) return problem(c.req.method === "DELETE" ? 409 : 400, error.message);
    if (error instanceof HTTPException) return problem(error.status, error.message);
    parts.logger.error(`The local Evaluation API failed: ${error.stack ?? error.message}`);
    return problem(500, "Something went wrong here");
  });
  return app;
}

function found<T>(item: T | undefined, what: string): T {
  if (item === undefined) throw new HTTPException(404, { message: `There is no such ${what}` });
  return item;
}
