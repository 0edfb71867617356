import type { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { decodeObject, decodeString } from "../../contract/decode.ts";
import { typeViolation } from "../../contract/payload-error.ts";
import { isRecord } from "../../errors/format.ts";
import type { EvaluationContext } from "../../evaluation/evaluation-context.ts";
import { isLoopback } from "../../http/http-client.ts";
import type { Scheduler } from "../../runtime/scheduler.ts";
import type { WriteChange } from "../../server/api/local-routes.ts";
import type { Environment } from "../../server/environment/environment.ts";
import { respond } from "../../server/http/body.ts";
import type { OpenStream } from "../../server/http/body.ts";
import { orNotFound, unavailable } from "../../server/http/problem.ts";
import { readJson } from "../../server/http/request-bounds.ts";
import { traceToJson } from "../format-trace.ts";
import { PAGE_HTML } from "../page/page-html.ts";

/** The parts that the routes of the page need. */
export interface PageParts {
  readonly environment: Environment;
  /** Opens the stream of a page; `undefined` when too many are open. */
  readonly openStream: () => OpenStream | undefined;
  /** Makes a change of the environment and saves it. */
  readonly write: WriteChange;
  readonly scheduler: Scheduler;
  /** The write token that is put in the page for this machine; empty to leave it out. */
  readonly token: string;
}

const MAX_BODY_BYTES = 2 ** 20;

/** Adds the page and its routes, behind the API's checks of host, origin and token. */
export async function addPageRoutes(
  app: Hono,
  { environment, openStream, write, scheduler, token }: PageParts,
): Promise<void> {
  const limits = { maxBodyBytes: MAX_BODY_BYTES, scheduler };
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": await contentSecurityPolicy(),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
  app.get("/", (c) => {
    const shown = isFromThisMachine(c.req.raw) ? token : "";
    return c.body(PAGE_HTML.replace("{{token}}", () => escapeAttribute(shown)), 200, headers);
  });

  app.get("/v1/local/stream", (c) => {
    const headers = { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform" };
    if (c.req.method === "HEAD") return c.body(null, 200, headers);
    const stream = openStream();
    if (stream === undefined) throw unavailable("Too many open pages", 5);
    return respond(stream, headers);
  });

  app.post("/v1/local/explain", async (c) => {
    const context = contextOf(await readJson(c.req.raw, limits));
    const flags = environment.snapshot.flags.map(({ key }) => environment.explain(key, context));
    return c.body(traceToJson({ flags }), 200, { "content-type": "application/json" });
  });

  // The key is in the body: a path cannot carry every key (contract §4).
  app.patch("/v1/local/flags", async (c) => {
    const changes = decodeObject(await readJson(c.req.raw, limits));
    const name = decodeString(changes.key, "key");
    return await write(() => {
      const { key } = orNotFound(environment.flag(name), "flag");
      return c.json(environment.patchFlag(key, changes));
    });
  });

  app.post("/v1/local/flags", async (c) => {
    const flag = decodeObject(await readJson(c.req.raw, limits));
    const key = decodeString(flag.key, "key");
    return await write(() => {
      if (environment.flag(key) !== undefined) {
        throw new HTTPException(409, { message: `Flag ${JSON.stringify(key)} already exists` });
      }
      return c.json(environment.putFlag(flag), 201);
    });
  });
}

/** The headers that a proxy or a tunnel adds, besides `X-Forwarded-…`. */
const FORWARDING = ["forwarded", "via", "x-real-ip", "cf-connecting-ip", "cdn-loop", "true-client-ip"];

/**
 * Whether a page is requested under one of this machine's own names and without a proxy or tunnel in between. The address
 * that the server listens on proves nothing: a tunnel connects to the loopback address, too.
 */
function isFromThisMachine({ headers, url }: Request): boolean {
  const host = `http://${headers.get("host") ?? new URL(url).host}`;
  if (!URL.canParse(host) || !isLoopback(new URL(host).hostname)) return false;
  return ![...headers.keys()].some((name) => name.startsWith("x-forwarded") || FORWARDING.includes(name));
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

/** Returns the evaluation context of a request. */
function contextOf(body: unknown): EvaluationContext {
  const { context } = decodeObject(body);
  if (isRecord(context)) return context;
  throw typeViolation("context", "an object", context);
}

/** Allows only the page's own script and style, by their digests, and forbids creating HTML from text. */
async function contentSecurityPolicy(): Promise<string> {
  const [style, script] = await Promise.all(["style", "script"].map(async (tag) => {
    const text = PAGE_HTML.slice(
      PAGE_HTML.indexOf(`<${tag}>`) + tag.length + 2,
      PAGE_HTML.indexOf(`</${tag}>`),
    );
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    return `'sha256-${btoa(String.fromCharCode(...digest))}'`;
  }));
  return [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
