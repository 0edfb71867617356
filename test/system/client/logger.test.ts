import { createConsola } from "consola/basic";
import { Console } from "node:console";
import { Writable } from "node:stream";
import pino from "pino";
import { describe, expect, it } from "vitest";
import type { Logger } from "../../../src/runtime/logger.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";
import { createFixture } from "../../support/client-fixture.ts";

/** What a logger wrote: `[stream, text]`, in order. */
class Output {
  readonly written: [stream: string, text: string][] = [];
  readonly stdout: Writable = this.#stream("stdout");
  readonly stderr: Writable = this.#stream("stderr");

  #stream(name: string): Writable {
    return new Writable({
      write: (chunk, _encoding, done) => {
        this.written.push([name, String(chunk)]);
        done();
      },
    });
  }
}

/** Methods that are nothing without their object. */
class OwnLogger implements Logger {
  readonly #lines: [level: string, message: string][];

  constructor(lines: [level: string, message: string][]) {
    this.#lines = lines;
  }

  debug(message: string): void {
    this.#lines.push(["debug", message]);
  }

  info(message: string): void {
    this.#lines.push(["info", message]);
  }

  warn(message: string): void {
    this.#lines.push(["warn", message]);
  }

  error(message: string): void {
    this.#lines.push(["error", message]);
  }
}

const KEY = "50%s %d %j %%"; // what a formatter would take for its own

/** A client's life, with one line of each level, in this order: warn, error, debug, info. */
async function tell(logger: Logger): Promise<void> {
  const { connect, service, scheduler } = createFixture({ snapshot: wireSnapshot([wireFlag(KEY)]) });
  const client = connect({ mode: "polling", pollInterval: 1_000, sendEvents: false, logger });
  await client.waitForInitialization();
  client.variation(KEY, {}, "of another type");
  const { answer } = service;
  service.rejectKey();
  await scheduler.advanceUntil(() => service.calls.length === 3, 900_000);
  service.answer = answer;
  await client.refresh();
  await client.close();
}

const WARNING = `Flag "${KEY}" serves a boolean, but the caller expects a string`;
const REJECTED = expect.stringContaining("the SDK key was rejected");
const RECOVERED = "Flag updates resumed";

describe("option logger", () => {
  it("is called as the object that it is: methods need their `this`", async () => {
    const lines: [string, string][] = [];
    await tell(new OwnLogger(lines));
    expect(lines).toEqual([["warn", WARNING], ["error", REJECTED], ["debug", REJECTED], ["info", RECOVERED]]);
  });

  it("takes pino as it is: a text alone is its message, and nothing in it is a placeholder", async () => {
    const output = new Output();
    await tell(pino({ level: "debug", base: { service: "shop" } }, output.stdout));
    const lines = output.written.map(([, text]) => JSON.parse(text) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 40, msg: WARNING, service: "shop" },
      { level: 50, msg: REJECTED },
      { level: 20, msg: REJECTED },
      { level: 30, msg: RECOVERED },
    ]);
  });

  it("takes a child of pino, which says whose line it is", async () => {
    const output = new Output();
    await tell(pino(output.stdout).child({ name: "featureflip" }, { level: "error" }));
    expect(output.written.map(([, text]) => JSON.parse(text))).toMatchObject(
      [{ level: 50, name: "featureflip", msg: REJECTED }],
    );
  });

  it("takes consola as it is, and consola with a tag", async () => {
    const output = new Output();
    const { stdout, stderr } = output;
    const consola = createConsola({
      level: 5,
      stdout: stdout as NodeJS.WriteStream,
      stderr: stderr as NodeJS.WriteStream,
    });
    await tell(consola);
    await tell(consola.withTag("featureflip"));
    expect(output.written).toEqual([
      ["stderr", `[warn] ${WARNING}\n`],
      ["stderr", expect.stringMatching(/^\[error\] .*the SDK key was rejected.*\n$/)],
      ["stdout", expect.stringMatching(/^\[debug\] .*the SDK key was rejected.*\n$/)],
      ["stdout", `[info] ${RECOVERED}\n`],
      ["stderr", `[warn] [featureflip] ${WARNING}\n`],
      ["stderr", expect.stringMatching(/^\[error\] \[featureflip\] .*\n$/)],
      ["stdout", expect.stringMatching(/^\[debug\] \[featureflip\] .*\n$/)],
      ["stdout", `[info] [featureflip] ${RECOVERED}\n`],
    ]);
  });

  it("takes a console as it is, debug and all", async () => {
    const output = new Output();
    await tell(new Console(output));
    expect(output.written).toEqual([
      ["stderr", `${WARNING}\n`],
      ["stderr", REJECTED],
      ["stdout", REJECTED],
      ["stdout", `${RECOVERED}\n`],
    ]);
  });
});
