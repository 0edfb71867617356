import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { beforeEach, describe, expect, it } from "vitest";
import { addPageRoutes } from "../../../../src/cli/dev/page-routes.ts";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import { Environment } from "../../../../src/server/environment/environment.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

let app: Hono;

beforeEach(async () => {
  app = new Hono();
  app.onError((error) =>
    error instanceof HTTPException ? error.getResponse() : new Response(error.message, { status: 400 })
  );
  const environment = new Environment(JSON.parse(SAMPLE_ENVIRONMENT), () => {}, () => {});
  await addPageRoutes(app, {
    environment,
    openStream: () => undefined,
    write: (change) => change(),
    scheduler: new ManualScheduler(),
    token: 'to"ken',
  });
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers = {},
): Promise<{ status: number; text: string }> {
  const init = {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const response = await app.fetch(new Request(`http://127.0.0.1:3547${path}`, init));
  return { status: response.status, text: await response.text() };
}

describe("addPageRoutes()", () => {
  it("puts the escaped token in the page for this machine only", async () => {
    expect((await ask("GET", "/")).text).toContain("to&quot;ken");
    for (
      const headers of [{ host: "dev.example" }, { via: "1.1 proxy" }, { "x-forwarded-for": "10.0.0.1" }]
    ) {
      expect((await ask("GET", "/", undefined, headers)).text).not.toContain("to&quot;ken");
    }
  });

  it("answers 503 when too many pages are open", async () => {
    expect((await ask("GET", "/v1/local/stream")).status).toBe(503);
    expect((await ask("HEAD", "/v1/local/stream")).status).toBe(200);
  });

  it("explains every flag for a context", async () => {
    const { text } = await ask("POST", "/v1/local/explain", { context: { plan: "business" } });
    expect(JSON.parse(text).flags.map(({ key }: { key: string }) => key)).toContain("pricing-tier");
    expect((await ask("POST", "/v1/local/explain", { context: 1 })).status).toBe(400);
  });

  it("creates a flag once, and changes only one that exists", async () => {
    const [flag] = JSON.parse(SAMPLE_ENVIRONMENT).flags;
    expect((await ask("POST", "/v1/local/flags", { ...flag, key: "new" })).status).toBe(201);
    expect((await ask("POST", "/v1/local/flags", { ...flag, key: "new" })).status).toBe(409);
    expect(JSON.parse((await ask("PATCH", "/v1/local/flags", { key: "new", enabled: false })).text).enabled)
      .toBe(false);
    expect((await ask("PATCH", "/v1/local/flags", { key: "other", enabled: false })).status).toBe(404);
  });
});
