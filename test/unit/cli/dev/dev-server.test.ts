import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDevServer } from "../../../../src/cli/dev/dev-server.ts";
import type { DevServer, DevServerOptions } from "../../../../src/cli/dev/dev-server.ts";
import { FlagFile } from "../../../../src/cli/dev/flag-file.ts";
import { SAMPLE_ENVIRONMENT } from "../../../../src/cli/dev/sample-environment.ts";
import type { HostGlobals } from "../../../../src/runtime/host-globals.ts";
import { createScheduler } from "../../../../src/runtime/scheduler.ts";
import type { WireFlag } from "../../../../src/server/mod.ts";
import { createRecordingLogger } from "../../../support/recording-logger.ts";
import type { RecordingLogger } from "../../../support/recording-logger.ts";
import { until } from "../../../support/until.ts";
import { readStream } from "../../server/local-api.ts";
import type { StreamReader } from "../../server/local-api.ts";
import { makeFolder, removeFolder } from "../temporary-folder.ts";

const scheduler = createScheduler(globalThis as HostGlobals);

let folder: string;
let path: string;
let logger: RecordingLogger;
const started: DevServer[] = [];

beforeEach(async () => {
  folder = await makeFolder();
  path = join(folder, "flags.json");
  await writeFile(path, SAMPLE_ENVIRONMENT);
  logger = createRecordingLogger();
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
  await removeFolder(folder);
});

async function start(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const file = new FlagFile(path, scheduler);
  const server = await createDevServer({
    file,
    sdkKey: "sdk-local",
    isTokenInPage: true,
    logger,
    scheduler,
    ...options,
  });
  started.push(server);
  return server;
}

function ask(
  server: DevServer,
  method: string,
  route: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return server.fetch(
    new Request(`http://127.0.0.1:3547${route}`, {
      method,
      headers: {
        authorization: `Bearer ${server.api.writeToken}`,
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
    }),
  );
}

/** Reads a page's stream up to an event of this name. */
async function nextOf(stream: StreamReader, event: string): Promise<unknown> {
  for (;;) {
    const next = await stream.next();
    if (next === undefined) throw new Error("The stream has ended");
    if (next.event === event) return next.data;
  }
}

async function openPageStream(server: DevServer): Promise<StreamReader> {
  return readStream(await ask(server, "GET", "/v1/local/stream"));
}

const darkMode = (server: DevServer): WireFlag =>
  server.api.snapshot.flags.find(({ key }) => key === "dark-mode")!;

describe("createDevServer()", () => {
  it("serves the flags of the file, and changes with it", async () => {
    const server = await start();
    expect(server.api.snapshot.flags).toHaveLength(6);
    await writeFile(path, SAMPLE_ENVIRONMENT.replace(`"enabled": false`, `"enabled": true`));
    await until(() => darkMode(server).enabled);
    expect(logger.lines).toEqual([`info: ${path} changed: 6 flags`]);
  });

  it("goes on with the flags it has while the file is wrong or gone, and says what is wrong", async () => {
    const server = await start();
    const stream = await openPageStream(server);
    await writeFile(path, SAMPLE_ENVIRONMENT.replace(`"enabled": false,`, `"enabled": "yes",`));
    expect(await nextOf(stream, "problem")).toBe(
      `${path}: flags[0].enabled must be true or false, but is "yes": keeping the previous flags`,
    );
    await writeFile(path, "{");
    expect(await nextOf(stream, "problem")).toBe(
      `${path}, line 1, column 2: expected a name in double quotes, but found the end: keeping the previous flags`,
    );
    await rm(path);
    expect(await nextOf(stream, "problem")).toBe(
      `Cannot read ${path}: it does not exist: keeping the previous flags`,
    );
    expect(server.api.snapshot.flags).toHaveLength(6);
    await writeFile(path, SAMPLE_ENVIRONMENT);
    expect(await nextOf(stream, "problem")).toBe(null);
    await stream.cancel();
  });

  it("saves a change in the file, and changes nothing else of its text", async () => {
    const server = await start();
    const stream = await openPageStream(server);
    await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    expect(darkMode(server).enabled).toBe(true);
    const saved = SAMPLE_ENVIRONMENT.replace(`"enabled": false`, `"enabled": true`);
    await eventuallyHolds(saved);
    await ask(server, "PATCH", "/v1/local/flags", {
      key: "dark-mode",
      fallthrough: { type: "Fixed", variation: "off" },
    });
    await eventuallyHolds(
      saved.replace(`{ "type": "Fixed", "variation": "on" }`, `{ "type": "Fixed", "variation": "off" }`),
    );
    expect(logger.lines, "its own edits are no news").toEqual([]);
    await stream.cancel();
  });

  it("has saved a change when it answers, and keeps comments, line ends and the byte order mark", async () => {
    const text = `\uFEFF// ours\n${SAMPLE_ENVIRONMENT}`.replaceAll("\n", "\r\n")
      .replace('"enabled": false,', '"enabled": false, // until May');
    await writeFile(path, text);
    const server = await start();
    await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    expect(await readFile(path, "utf8")).toBe(text.replace('"enabled": false,', '"enabled": true,'));
  });

  it("serves an edit before the change that meets it, and saves both", async () => {
    const server = await start();
    await writeFile(path, SAMPLE_ENVIRONMENT.replace(`"value": 100`, `"value": 150`));
    await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    const saved = SAMPLE_ENVIRONMENT.replace(`"value": 100`, `"value": 150`)
      .replace(`"enabled": false`, `"enabled": true`);
    expect(await readFile(path, "utf8")).toBe(saved);
    const rateLimit = server.api.snapshot.flags.find(({ key }) => key === "rate-limit")!;
    expect(rateLimit.variations[0]!.value).toBe(150);
    expect(darkMode(server).enabled).toBe(true);
  });

  it("takes a change back that cannot be saved", async () => {
    const server = await start();
    await rm(path);
    const response = await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    expect(response.status).toBe(409);
    expect(darkMode(server).enabled).toBe(false);
  });

  it("warns about mistakes in the file and serves it (contract §9)", async () => {
    await writeFile(
      path,
      SAMPLE_ENVIRONMENT.replace(`"weight": 80`, `"weight": 8`).replace(
        `"key": "dark-mode",`,
        `"key": "x", "key": "dark-mode",`,
      ),
    );
    const server = await start();
    expect(logger.lines).toEqual([
      `warn: ${path}, line 5, column 19: "key" is defined twice, the last one counts`,
      'warn: flags[2].fallthrough.variations have weights that add up to 28, not 100: "off" gets the rest',
    ]);
    expect(server.api.snapshot.flags).toHaveLength(6);
  });

  it("creates a flag for the page, whose key no path has to carry", async () => {
    const server = await start();
    const flag = { ...darkMode(server), key: "a/b" };
    expect((await ask(server, "POST", "/v1/local/flags", flag)).status).toBe(201);
    expect((await ask(server, "POST", "/v1/local/flags", flag)).status).toBe(409);
    expect(JSON.parse(await readFile(path, "utf8")).flags.at(-1).key).toBe("a/b");
  });

  it("opens no stream for HEAD, and not more than 100 pages", async () => {
    const server = await start();
    expect((await ask(server, "HEAD", "/v1/local/stream")).status).toBe(200);
    const pages = await Promise.all(
      Array.from({ length: 101 }, () => ask(server, "GET", "/v1/local/stream")),
    );
    expect(pages.map(({ status }) => status).filter((status) => status === 503)).toHaveLength(1);
    await Promise.all(pages.map(({ body }) => body?.cancel()));
  });

  it("saves what comes and goes under /v1/local", async () => {
    const server = await start();
    const flag = { ...darkMode(server), key: "brand-new" };
    expect((await ask(server, "PUT", "/v1/local/flags/brand-new", flag)).status).toBe(201);
    expect((await ask(server, "DELETE", "/v1/local/flags/rate-limit")).status).toBe(204);
    const segment = { conditionLogic: "And", conditions: [] };
    expect((await ask(server, "PUT", "/v1/local/segments/everybody", segment)).status).toBe(201);
    await eventually(async () => {
      const { flags, segments } = JSON.parse(await readFile(path, "utf8"));
      expect(flags.map(({ key }: { key: string }) => key)).toEqual([
        "dark-mode",
        "pricing-tier",
        "new-checkout",
        "one-click-payment",
        "search-settings",
        "brand-new",
      ]);
      expect(segments.map(({ key }: { key: string }) => key)).toEqual(["beta-testers", "everybody"]);
    });
  });

  it("refuses a change while the file is invalid", async () => {
    const server = await start();
    await writeFile(path, "{ not yet");
    const stream = await openPageStream(server);
    const response = await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    expect(response.status).toBe(409);
    expect((await response.json()).detail).toContain("column 3: expected a name in double quotes");
    expect(await nextOf(stream, "problem")).toContain("change not saved");
    expect(darkMode(server).enabled, "what is served is what the file last said").toBe(false);
    expect(await readFile(path, "utf8")).toBe("{ not yet");
    await stream.cancel();
  });

  it("sends a page everything at first, then what changes", async () => {
    const server = await start();
    const stream = await openPageStream(server);
    const state = await nextOf(stream, "state") as Readonly<Record<string, unknown>>;
    expect(state).toMatchObject({ file: path, sdkKey: "sdk-local", problem: null, clients: 0, events: [] });
    expect(state.snapshot).toMatchObject({ environment: "development" });

    const client = await server.fetch(
      new Request("http://127.0.0.1:3547/v1/sdk/stream", { headers: { authorization: "sdk-local" } }),
    );
    expect(await nextOf(stream, "clients")).toBe(1);
    await client.body!.cancel();
    expect(await nextOf(stream, "clients")).toBe(0);

    const event = { type: "Custom", flagKey: "ordered", timestamp: "2026-01-01T00:00:00.000Z" };
    await server.fetch(
      new Request("http://127.0.0.1:3547/v1/sdk/events", {
        method: "POST",
        headers: { authorization: "sdk-local", "content-type": "application/json" },
        body: JSON.stringify({ events: [event] }),
      }),
    );
    expect(await nextOf(stream, "events")).toEqual([event]);
    await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    const { flags } = await nextOf(stream, "snapshot") as DevServer["api"]["snapshot"];
    expect(flags[0]).toMatchObject({ key: "dark-mode", enabled: true });
    await writeFile(path, '{"flags":[]}');
    expect(await nextOf(stream, "snapshot")).toMatchObject({ flags: [] });
    await stream.cancel();
  });

  it("tells a page of a problem when it comes and when it goes, not with each change", async () => {
    const server = await start();
    const stream = await openPageStream(server);
    await nextOf(stream, "state");
    const heard: unknown[] = [];
    for (const enabled of [true, false]) {
      await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled });
      while (heard.at(-1) !== "snapshot") heard.push((await stream.next())?.event);
      heard.push("changed");
    }
    expect(heard).toEqual(["snapshot", "changed", "snapshot", "changed"]);
    await stream.cancel();
  });

  it("shows a page the newest of many events", async () => {
    const server = await start();
    const events = Array.from({ length: 501 }, (_, number) => (
      { type: "Custom", flagKey: `event-${number}`, timestamp: "2026-01-01T00:00:00.000Z" }
    ));
    await ask(server, "POST", "/v1/sdk/events", { events }, { authorization: "sdk-local" });
    const stream = await openPageStream(server);
    const state = await nextOf(stream, "state") as { readonly events: readonly unknown[] };
    expect(state.events).toEqual(events.slice(1));
    await stream.cancel();
  });

  it("asks for the write token wherever the page does, and for it alone", async () => {
    const server = await start();
    for (
      const [method, route] of [["GET", "/v1/local/stream"], ["POST", "/v1/local/explain"], [
        "PATCH",
        "/v1/local/flags",
      ]] as const
    ) {
      for (const authorization of ["", "sdk-local", "Bearer nonsense"]) {
        expect((await ask(server, method, route, undefined, { authorization })).status, route).toBe(401);
      }
    }
  });

  it("shows the page, whose token is in it, to this machine's own names and pages only", async () => {
    const server = await start();
    const page = await ask(server, "GET", "/", undefined, { authorization: "" });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(`<meta name="featureflip-token" content="${server.api.writeToken}">`);
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+='; /,
    );
    for (
      const headers of [{ host: "evil.example" }, { origin: "https://evil.example" }, { origin: "null" }]
    ) {
      const { status } = await ask(server, "GET", "/", undefined, headers);
      expect(status).toBe("host" in headers ? 421 : 403);
    }
  });

  it("keeps the token out of a page that a proxy or tunnel asks for, whatever names are served", async () => {
    const server = await start({ hosts: ["localhost", "127.0.0.1", "[::1]", "flags.tunnel.example"] });
    const tokenFor = async (headers: Readonly<Record<string, string>>): Promise<string> => {
      const text = await (await ask(server, "GET", "/", undefined, headers)).text();
      return /<meta name="featureflip-token" content="([^"]*)">/.exec(text)![1]!;
    };
    for (const host of ["localhost:3547", "127.0.0.1", "[::1]:3547"]) {
      expect(await tokenFor({ host })).toBe(server.api.writeToken);
    }
    expect(await tokenFor({ host: "flags.tunnel.example" })).toBe("");
    for (const name of ["x-forwarded-for", "X-Forwarded-Proto", "forwarded", "via", "cf-connecting-ip"]) {
      expect(await tokenFor({ host: "localhost", [name]: "x" }), name).toBe("");
    }
  });

  it("takes a token of its user, escaped in the page", async () => {
    const writeToken = 'a"b<c>&d-0123456789';
    const server = await start({ writeToken });
    expect(await (await ask(server, "GET", "/")).text()).toContain('content="a&quot;b<c>&amp;d-0123456789"');
    const response = await ask(server, "PATCH", "/v1/local/flags", { key: "dark-mode", enabled: true });
    expect(response.status).toBe(200);
  });

  it("keeps the token out of a page that other machines can ask for", async () => {
    const server = await start({ isTokenInPage: false });
    const text = await (await ask(server, "GET", "/")).text();
    expect(text).toContain(`<meta name="featureflip-token" content="">`);
    expect(text).not.toContain(server.api.writeToken);
  });

  it("changes flags whose keys no path can carry", async () => {
    const [flag] = JSON.parse(SAMPLE_ENVIRONMENT).flags;
    const keys = ["", ".", "..", "a/b", "__proto__", "<img onerror=alert(1)>"];
    await writeFile(path, JSON.stringify({ flags: keys.map((key) => ({ ...flag, key, rules: [] })) }));
    const server = await start();
    for (const key of keys) {
      const response = await ask(server, "PATCH", "/v1/local/flags", { key, enabled: false });
      expect(response.status, key).toBe(200);
    }
    expect(server.api.snapshot.flags.map(({ enabled }) => enabled)).toEqual(keys.map(() => false));
    expect((await ask(server, "PATCH", "/v1/local/flags", { key: "nobody" })).status).toBe(404);
    expect((await ask(server, "PATCH", "/v1/local/flags", { enabled: true })).status).toBe(400);
  });

  it.each([
    ["{", "flags.json, line 1, column 2: "],
    [`{ "flags": [{ "type": 1 }] }`, "flags.json: flags[0].type must be a string, but is 1"],
    ["[]", "flags.json: the payload must be an object, but is a list"],
  ])("refuses to begin with %s", async (text, message) => {
    await writeFile(path, text);
    await expect(start()).rejects.toThrow(message);
  });
});

async function eventuallyHolds(text: string): Promise<void> {
  await eventually(async () => expect(await readFile(path, "utf8")).toBe(text));
}

async function eventually(check: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 30_000;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe("OFREP in `featureflip dev` (contract §9)", () => {
  it("serves all flags to client-local, from pages of this machine alone, without a limit", async () => {
    const server = await start();
    const statusOf = async (origin?: string): Promise<number> => {
      const headers = { authorization: "Bearer client-local", ...(origin !== undefined && { origin }) };
      const response = await ask(server, "POST", "/ofrep/v1/evaluate/flags", { context: {} }, headers);
      if (response.status === 200) expect((await response.json()).flags).toHaveLength(6);
      return response.status;
    };
    for (const origin of [undefined, "http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080"]) {
      expect(await statusOf(origin), origin).toBe(200);
    }
    for (const origin of ["https://evil.example", "http://localhost.evil.example", "null"]) {
      expect(await statusOf(origin), origin).toBe(403);
    }
    const all = await Promise.all(Array.from({ length: 200 }, () => statusOf()));
    expect(new Set(all)).toEqual(new Set([200]));
  });
});
