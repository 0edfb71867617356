import { describe, expect, it } from "vitest";
import type { FeatureflipClient } from "../../../src/client/client.ts";
import { createClient } from "../../../src/client/create-client.ts";
import type { Mode } from "../../../src/client/options.ts";
import type { ClientState } from "../../../src/store/flag-state.ts";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import { lastingPort } from "../../support/lasting-port.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";
import { Service } from "../../support/service.ts";
import { httpAnswer, ServiceSocket } from "../../support/service-socket.ts";
import type { Answer } from "../../support/service-socket.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { rejection } from "../../support/client-fixture.ts";

/** Starts a service with one flag, `dark-mode`, that is on for everybody. */
function start(port: number): Promise<ServiceSocket> {
  const service = new Service({ snapshot: wireSnapshot([wireFlag("dark-mode")]) });
  return ServiceSocket.start({ backend: service.fetch, port, keepAlive: true });
}

/** Time runs sixty times as fast, over real sockets: waiting for a minute takes a second. */
const PACE = 60;

function fastRuntime(): Runtime {
  const runtime = detectRuntime();
  const { scheduler } = runtime;
  const start = scheduler.now();
  return {
    ...runtime,
    scheduler: {
      ...scheduler,
      now: () => start + (scheduler.now() - start) * PACE,
      after: (delay, callback, options) => scheduler.after(delay / PACE, callback, options),
    },
  };
}

function reaches(client: FeatureflipClient, states: readonly ClientState[]): Promise<void> {
  return new Promise((resolve) => {
    client.on("status", ({ state }) => {
      if (states.includes(state)) resolve();
    });
  });
}

/** What a client that meets nothing but `answer` says, and whether it recovers once the service is itself again. */
async function meet(mode: Mode, sdkKey: string, socket: ServiceSocket, answer: Answer | "no server") {
  const logger = createRecordingLogger();
  const { baseUrl, port } = socket;
  if (answer === "no server") await socket.refuse();
  else socket.answer = answer;
  const options = { sdkKey, baseUrl, mode, logger, connectTimeout: 120_000, readTimeout: 120_000 };
  const client = createClient(options, fastRuntime());
  await reaches(client, ["ERROR", "FATAL"]);
  const error = await rejection(client.waitForInitialization({ timeout: 60 }));
  const served = client.variation("dark-mode", {}, false);
  // Beside what is wrong, it may say what it does about it.
  const warnings = logger.lines.filter((line) =>
    !/evaluations return their defaults|polling every/.test(line)
  );

  const recovered = answer === "no server" ? await start(port) : socket;
  recovered.answer = (exchange) => exchange.pass();
  await reaches(client, ["READY"]);
  const healed = client.variation("dark-mode", {}, false);
  const { state } = client.status;
  await client.close();
  await recovered.refuse();
  return { error, served, warnings, healed, state, lines: [...logger.lines, String(error.cause)].join("\n") };
}

/** Answers that echo the request's `Authorization`, as a debugging proxy may. */
function text(status: number, type: string, body: (key: string) => string, headers = {}): Answer {
  return (exchange) => {
    exchange.reply(
      status,
      { "content-type": type, ...headers },
      body(String(exchange.headers["authorization"])),
    );
  };
}

const truncated: Answer = ({ socket }) => {
  socket.write(
    httpAnswer(200, { "content-type": "application/json", "content-length": "5000" }, `{"flags":[`),
  );
  setTimeout(() => socket.destroy(), 20);
};

const CASES: [string, Answer | "no server", RegExp][] = [
  [
    "a wrong key",
    text(401, "application/json", (key) => `{"error":"no such key: ${key}"}`),
    /401 .*SDK key was rejected/,
  ],
  ["no server", "no server", /failed .*check the network/],
  [
    "no JSON",
    text(200, "application/json", (key) => `{"flags": ${key}`),
    /not JSON|not an event stream/,
  ],
  ["a truncated body", truncated, /while its body was read|not an event stream/],
  [
    "HTML from a proxy",
    text(200, "text/html", (key) => `<title>Log in, ${key}</title>`),
    /text\/html.*check the base URL, and for a proxy/,
  ],
  ["HTML from a firewall", text(403, "text/html", (key) => `<h1>${key}</h1>`), /403 .*firewall/],
  [
    "an outage",
    text(503, "application/problem+json", (key) => `{"title":"Down ${key}"}`),
    /503 .*unavailable/,
  ],
];

describe("FeatureflipClient over real sockets", () => {
  for (const mode of ["streaming", "polling"] as const) {
    it.each(CASES)(
      `${mode}: says once what is wrong of %s, serves defaults, and recovers (contract §1)`,
      async (name, answer, expected) => {
        const sdkKey = `sdk-${mode}-${name.replaceAll(" ", "-")}-7f3a9c`;
        const met = await meet(mode, sdkKey, await start(await lastingPort()), answer);
        expect(met.error.message).toMatch(expected);
        expect(met.warnings, "lines").toHaveLength(1);
        expect(met.warnings[0]).toMatch(expected);
        expect([met.served, met.healed, met.state]).toEqual([false, true, "READY"]);
        expect(met.lines + met.error.message + met.error.stack).not.toContain(sdkKey);
      },
    );
  }

  it("never follows a redirect, least of all with the key (contract §1)", async () => {
    for (const mode of ["streaming", "polling"] as const) {
      const other = await start(0);
      const sdkKey = `sdk-${mode}-redirect-7f3a9c`;
      const location = `http://localhost:${other.port}/v1/sdk/flags?key=${sdkKey}`;
      const answer = text(302, "text/plain", () => "", { location });
      const met = await meet(mode, sdkKey, await start(0), answer);
      expect(met.error.message).toMatch(/redirects are not followed, correct the base URL/);
      expect(met.warnings).toHaveLength(1);
      expect([met.served, met.healed]).toEqual([false, true]);
      expect(met.lines + met.error.message).not.toContain(sdkKey);
      expect(other.heads).toEqual([]);
      await other.refuse();
    }
  });
});
