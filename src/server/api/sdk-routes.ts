import { Hono } from "hono";
import type { Context, HonoRequest, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Flag } from "../../contract/flag.ts";
import { PayloadError } from "../../contract/payload-error.ts";
import { EVALUATE_PATH, EVENTS_PATH, FLAGS_PATH, STREAM_PATH } from "../../contract/wire.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import type { Outcome } from "../../evaluation/outcome.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import { respond } from "../http/body.ts";
import type { SnapshotBody } from "../http/body.ts";
import { orNotFound, problem, refuseOtherMethods, unavailable } from "../http/problem.ts";
import { BodyShares, readJson } from "../http/request-bounds.ts";
import type { RequestShares } from "../http/request-bounds.ts";
import type { OfrepHandler } from "../ofrep/handler.ts";
import { authorize, checkHost, keyOf, OFREP_PATH, Secrets } from "./authorize.ts";
import { decodeEvaluateRequest, toEvaluateResponse } from "./evaluate-request.ts";
import type { EventStreams } from "./event-streams.ts";

/** The flags that the routes serve: a local environment, or those of a relay. */
export interface ServedFlags {
  /** All flags and segments; `undefined` while there are none. */
  readonly body: SnapshotBody | undefined;
  /** One flag. */
  flag(key: string): Flag | undefined;
  /** Evaluates one flag; `undefined` when it does not exist. */
  evaluate(key: string, context: EvaluationContext): Outcome | undefined;
}

/** The parts that the routes need. */
export interface AppParts {
  readonly flags: ServedFlags;
  readonly streams: EventStreams;
  /**
   * Accepts the body of a request to `/events`.
   *
   * @throws {PayloadError} when it is malformed.
   * @throws {HTTPException} when it cannot be accepted.
   */
  readonly takeEvents: (key: number, body: unknown) => void;
  /**
   * Checks, before the body of a request to `/events` is read, that it can be accepted; `key` is the position of its SDK key,
   * `bytes` the length that it announces.
   *
   * @throws {HTTPException} when it cannot.
   */
  readonly admitEvents?: ((key: number, bytes: number) => void) | undefined;
  /**
   * Brings the flags up to a version that a client already has, if they are older (contract §4); resolves with `false` when
   * that is not possible now.
   */
  readonly catchUp?: ((version: number) => Promise<boolean>) | undefined;
  /** Answers `GET /metrics`; there is no such path by default. */
  readonly metrics?: (() => Promise<Response>) | undefined;
  /** Answers `GET /health`: in full to operators, with the status alone to everybody else. */
  readonly health: (isOperator: boolean) => Response;
  /** Whether a load balancer should send requests here; always by default. */
  readonly isReady?: (() => boolean) | undefined;
  readonly sdkKeys: readonly string[];
  /** Opens the parts for operators, as the SDK keys do. */
  readonly metricsToken?: string | undefined;
  /** Bounds the requests of each key; unbounded by default. */
  readonly shares?: RequestShares | undefined;
  /** The host names that are served; any when left out. */
  readonly hosts?: readonly string[] | undefined;
  /** Serves evaluated flags to client keys; there are no such paths by default. */
  readonly ofrep?: OfrepHandler | undefined;
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
}

const FLAG_PATH = `${FLAGS_PATH}/:key` as const;
const HEALTH_PATH = "/health";
const READY_PATH = "/ready";
const METRICS_PATH = "/metrics";

const METHODS = {
  [HEALTH_PATH]: "GET, HEAD",
  [READY_PATH]: "GET, HEAD",
  [FLAGS_PATH]: "GET, HEAD",
  [FLAG_PATH]: "GET, HEAD",
  [STREAM_PATH]: "GET, HEAD",
  [EVALUATE_PATH]: "POST",
  [EVENTS_PATH]: "POST",
};

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  // Deno compresses answers without this, and a compressed stream is held back (contract §1).
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** Says that answers depend on the key, also to caches that ignore that a request has one (contract §9). */
const setHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("cache-control")) {
    headers.set("cache-control", headers.has("etag") ? "private, no-cache" : "no-store");
  }
  headers.append("vary", "Authorization");
};

/**
 * The most lists and objects in the events of one request. An event has 30 bytes at least; 2 MiB of `{}` would take a second to
 * parse, in which no other key is served (contract §9).
 */
function maxBracketsOf(maxBodyBytes: number): number {
  return Math.max(1_000, Math.floor(maxBodyBytes / 16));
}

/** Creates the routes of the service's wire under `/v1/sdk` (contract §1), and `/health` and `/ready`. */
export function createApp(parts: AppParts): Hono {
  const { flags, streams, sdkKeys, metricsToken, shares, maxBodyBytes } = parts;
  const bodies = new BodyShares(sdkKeys.length);
  const readBody = (c: Context, maxBrackets?: number): Promise<unknown> => {
    const request = c.req.raw;
    return bodies.read(keyOf(c), request, maxBodyBytes, () => readJson(request, { ...parts, maxBrackets }));
  };
  const operators = new Secrets(() => metricsToken === undefined ? sdkKeys : [...sdkKeys, metricsToken]);
  const app = new Hono();

  app.use(setHeaders);
  if (parts.hosts !== undefined) app.use(checkHost(parts.hosts, parts.logger));
  app.use("/v1/sdk/*", authorize(new Secrets(() => sdkKeys), "SDK key"), async (c, next) => {
    shares?.take(keyOf(c));
    await next();
  });

  app.get(HEALTH_PATH, async (c) => parts.health(await operators.find(c) >= 0));

  app.get(READY_PATH, () => {
    if (parts.isReady?.() === false) throw unavailable("Not ready", 1);
    return Response.json({ status: "ready" });
  });

  const { metrics } = parts;
  if (metrics !== undefined) {
    app.get(METRICS_PATH, authorize(operators, "key or metrics token"), () => metrics());
    refuseOtherMethods(app, { [METRICS_PATH]: "GET, HEAD" });
  }

  /** Lets a server that has not reached the client's version yet catch up first (contract §4); 503 if that fails. */
  const reach = async (request: HonoRequest): Promise<void> => {
    const version = Number(request.header("last-event-id") ?? NaN);
    if (Number.isSafeInteger(version) && await parts.catchUp?.(version) === false) {
      throw unavailable("The flags here are older than the client's", 1);
    }
  };

  app.get(FLAGS_PATH, async (c) => {
    snapshotOf(flags);
    await reach(c.req);
    const body = snapshotOf(flags);
    const headers = { "content-type": "application/json", etag: body.etag };
    // Decided first: most polls find nothing new.
    if (matches(c.req.header("if-none-match"), body.etag)) return c.body(null, 304, headers);
    return respond(body.bytes, headers);
  });

  app.get(FLAG_PATH, (c) => {
    snapshotOf(flags);
    return c.json(orNotFound(flags.flag(c.req.param("key")), "flag"));
  });

  app.post(EVALUATE_PATH, async (c) => {
    const { flagKey, context } = decodeEvaluateRequest(await readBody(c));
    snapshotOf(flags);
    const outcome = orNotFound(flags.evaluate(flagKey, context), "flag");
    return c.json(toEvaluateResponse(flagKey, outcome));
  });

  app.post(EVENTS_PATH, async (c) => {
    const key = keyOf(c);
    parts.admitEvents?.(key, Number(c.req.header("content-length")) || 0);
    parts.takeEvents(key, await readBody(c, maxBracketsOf(maxBodyBytes)));
    return c.body(null, 202);
  });

  app.get(STREAM_PATH, async (c) => {
    const key = keyOf(c);
    snapshotOf(flags);
    if (c.req.method === "HEAD") return c.body(null, 200, STREAM_HEADERS);
    await reach(c.req);
    if (streams.isDraining) throw unavailable("The server is shutting down", 1);
    if (streams.isFull(key)) throw unavailable("Too many open streams", 5);
    return respond(streams.open(snapshotOf(flags).sync, key), STREAM_HEADERS);
  });

  const { ofrep } = parts;
  if (ofrep !== undefined) {
    app.all(`${OFREP_PATH}*`, (c) => ofrep.handle(c.req.raw, c.env as object | undefined));
  }

  refuseOtherMethods(app, METHODS);
  app.notFound(() => problem(404, "Not found"));
  app.onError((error, c) => {
    // A DELETE is refused because of other flags, not because of the request.
    if (error instanceof PayloadError) return problem(c.req.method === "DELETE" ? 409 : 400, error.message);
    if (error instanceof HTTPException) return error.res ?? problem(error.status, error.message);
    parts.logger.error(`Evaluation API: request failed: ${error.stack ?? error.message}`);
    return problem(500, "Internal error");
  });
  return app;
}

/** Returns all flags and segments; throws 503 while there are none (contract §1). */
function snapshotOf({ body }: ServedFlags): SnapshotBody {
  if (body === undefined) throw unavailable("No flags are loaded yet", 1);
  return body;
}

/** Whether `If-None-Match` names the entity tag. Proxies that compress weaken it. */
function matches(header: string | undefined, etag: string): boolean {
  return header?.split(",").some((tag) => [etag, `W/${etag}`, "*"].includes(tag.trim())) === true;
}
