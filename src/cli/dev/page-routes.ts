import type { Hono } from "hono";
import type * as v from "valibot";
import { decodeObject, decodeString } from "../../contract/decode.ts";
import type { Environment } from "../../server/environment/environment.ts";
import { found } from "../../server/http/problem.ts";
import { readJson } from "../../server/http/read-json.ts";
import { JsonObjectSchema, objectSchema, validate } from "../../server/http/validate.ts";
import { traceToJson } from "../format-trace.ts";
import { PAGE_HTML } from "../page/page-html.ts";

/** What the routes of the page work on. */
export interface PageParts {
  readonly environment: Environment;
  /** Opens a stream that tells a page everything. */
  readonly openStream: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The write token for the page to bring along; empty when it must not. */
  readonly token: string;
}

const MAX_BODY_BYTES = 2 ** 20;

const ExplainRequestSchema: v.GenericSchema<
  unknown,
  { readonly context: Readonly<Record<string, unknown>> }
> = objectSchema({ context: JsonObjectSchema });

/** Adds the page and what it asks for beyond the API. The API's own checks of host, origin and token stand before all of it. */
export async function addPageRoutes(app: Hono, { environment, openStream, token }: PageParts): Promise<void> {
  const html = PAGE_HTML.replace("{{token}}", token);
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
  app.get("/", (c) => c.body(html, 200, headers));

  app.get("/v1/local/stream", (c) => {
    return c.body(openStream(), 200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
    });
  });

  app.post("/v1/local/explain", async (c) => {
    const { context } = validate(ExplainRequestSchema, await readJson(c.req.raw, MAX_BODY_BYTES));
    const flags = environment.snapshot.flags.map(({ key }) => environment.explain(key, context));
    return c.body(traceToJson({ flags }), 200, { "content-type": "application/json" });
  });

  // The key in the body, not in the path: there are keys that no path can carry (contract §4).
  app.patch("/v1/local/flags", async (c) => {
    const changes = decodeObject(await readJson(c.req.raw, MAX_BODY_BYTES));
    const { key } = found(environment.flag(decodeString(changes.key, "key")), "flag");
    return c.json(environment.patchFlag(key, changes));
  });
}

/** Nothing but the page's own script and style, told by their digests, and no way to make HTML of a text. */
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
