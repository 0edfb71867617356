import { afterEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/errors/configuration-error.ts";
import { serve } from "../../../src/server/mod.ts";
import type { EvaluationApi, EvaluationServer } from "../../../src/server/mod.ts";
import type { Servable } from "../../../src/server/serve.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { until } from "../../support/until.ts";
import { createApi, readStream, SDK_KEY, WRITE_TOKEN } from "./local-api.ts";

const opened: EvaluationServer[] = [];

async function start(api: EvaluationApi, port = 0): Promise<EvaluationServer> {
  const server = await serve(api, { port });
  opened.push(server);
  return server;
}

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

function openStream(server: EvaluationServer, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}/v1/sdk/stream`, {
    headers: { authorization: SDK_KEY, accept: "text/event-stream", "accept-encoding": "gzip" },
    ...init,
  });
}

describe("serve()", () => {
  it("answers on a free loopback port", async () => {
    const server = await start(createApi());
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const headers = { authorization: `Bearer ${SDK_KEY}` };
    const response = await fetch(`${server.url}/v1/sdk/flags`, { headers });
    expect(response.status).toBe(200);
    const tag = response.headers.get("etag")!;
    expect((await response.json()).flags).toHaveLength(5);
    const again = await fetch(`${server.url}/v1/sdk/flags`, {
      headers: { ...headers, "if-none-match": tag },
    });
    expect(again.status).toBe(304);
    const refused = await fetch(`${server.url}/v1/sdk/flags`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(await refused.json()).toMatchObject({ status: 401 });
  });

  it("streams a change before or right after the write is answered (contract §4)", async () => {
    const server = await start(createApi());
    const response = await openStream(server);
    expect(response.headers.get("content-encoding")).toBeNull();
    const stream = readStream(response);
    expect(await stream.next()).toMatchObject({ event: "sync", data: { version: 1 } });
    const write = await fetch(`${server.url}/v1/local/flags/dark-mode`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${WRITE_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ enabled: false }),
    });
    expect(write.status).toBe(200);
    expect(await stream.next()).toMatchObject({ event: "flag.updated", data: { enabled: false } });
    await stream.cancel();
  });

  it("forgets a stream whose connection is lost", async () => {
    const api = createApi();
    const server = await start(api);
    const abort = new AbortController();
    const stream = readStream(await openStream(server, { signal: abort.signal }));
    await stream.next();
    expect(api.openStreams).toBe(1);
    abort.abort();
    await until(() => api.openStreams === 0);
  });

  it("refuses a body that is too long while it comes", async () => {
    const server = await start(createApi({ maxBodyBytes: 100_000 }));
    const response = await fetch(`${server.url}/v1/sdk/events`, {
      method: "POST",
      headers: { authorization: SDK_KEY, "content-type": "application/json" },
      body: "x".repeat(200_000),
    });
    expect(response.status).toBe(413);
    await response.text();
  });

  it("close() ends 200 streams at once and frees the port", async () => {
    const api = createApi();
    const server = await start(api, await lastingPort());
    const streams = await Promise.all(
      Array.from({ length: 200 }, async () => readStream(await openStream(server))),
    );
    for (const stream of streams) expect(await stream.next()).toMatchObject({ event: "sync" });
    expect(api.openStreams).toBe(200);

    const before = Date.now();
    await server.close();
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(api.openStreams).toBe(0);
    // A clean end or a lost connection: which of them the reader sees depends on the host.
    for (const stream of streams) expect(await stream.next().catch(() => undefined)).toBeUndefined();
    await server.close();

    const again = await start(api, Number(new URL(server.url).port));
    expect(again.url).toBe(server.url);
    expect((await fetch(`${again.url}/health`)).status).toBe(200);
  });

  it("rejects when the port is taken", async () => {
    const { url } = await start(createApi());
    await expect(serve(createApi(), { port: Number(new URL(url).port) })).rejects.toThrow();
  });

  it.each<[options: object, option: string, message: string]>([
    [{ prot: 8787 }, "options", "Cannot serve: unknown option 'prot'. Known options: port, hostname"],
    [
      { port: "8787" },
      "port",
      "Cannot serve: 'port' must be a whole number from 0 to 65,535, but is \"8787\"",
    ],
    [{ port: 65_536 }, "port", "'port' must be a whole number from 0 to 65,535, but is 65536"],
    [{ hostname: 0 }, "hostname", "'hostname' must be a host name or an address, but is 0"],
    [{ allowRemote: "yes" }, "allowRemote", "'allowRemote' must be true or false, but is \"yes\""],
    [{ cert: 7, key: "secret" }, "cert", "'cert' must be a string that is not empty"],
  ])("refuses a wrong or unknown option: %j", async (options, option, message) => {
    const refusal = serve(createApi(), options).catch((error: unknown) => error);
    const error = await refusal;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).option).toBe(option);
    expect((error as ConfigurationError).message).toContain(message);
  });

  it.each<[unknown, string]>([[undefined, "undefined"], [{}, "an object"], [{ fetch }, "an object"]])(
    "refuses what is neither an Evaluation API nor a relay: %j",
    async (api, kind) => {
      await expect(serve(api as Servable)).rejects.toThrow(
        `Cannot serve: 'api' must be an Evaluation API or a relay, but is ${kind}`,
      );
    },
  );

  it.each<[object, string]>([
    [{ drian: 5 }, "Cannot close server: unknown option 'drian'. Known options: drain"],
    [{ drain: "5" }, "Cannot close server: 'drain' must be a finite number of milliseconds, at least 0"],
  ])("closes all with wrong options of close(), then rejects: %j", async (options, message) => {
    const server = await serve(createApi());
    await expect(server.close(options)).rejects.toThrow(message);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    await server.close();
    await expect(server.close(options)).rejects.toThrow(message);
  });

  it("listens beyond this machine only when asked to", async () => {
    const refusal = serve(createApi(), { hostname: "0.0.0.0" });
    await expect(refusal).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refusal).rejects.toThrow("must be a loopback address unless 'allowRemote' is true");
    const server = await serve(createApi(), { hostname: "0.0.0.0", allowRemote: true });
    opened.push(server);
    expect((await fetch(`http://127.0.0.1:${new URL(server.url).port}/health`)).status).toBe(200);
  });

  it("needs cert and key together (contract §9)", async () => {
    const api = createApi();
    await expect(serve(api, { cert: "a certificate" })).rejects.toThrow(
      "Cannot serve: 'key' is missing, which 'cert' needs",
    );
    await expect(serve(api, { key: "a key" })).rejects.toThrow(
      "Cannot serve: 'cert' is missing, which 'key' needs",
    );
  });
});
