import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningExample } from "./running-example.ts";

/** How long a server may take to listen, and to end after SIGTERM, in ms. */
const PATIENCE = 120_000;

/** A server example in a process of its own. */
export interface RunningProcess extends RunningExample {
  readonly url: string;
  /** What it has printed so far. */
  readonly output: string;
}

/** Starts a server example and waits until it says where it listens. */
export async function startProcess(
  [file, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  cwd = ".",
): Promise<RunningProcess> {
  const child = spawn(file, args, {
    cwd,
    env: {
      ...process.env,
      ...env,
      NO_COLOR: "1",
      PORT: "0",
      PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const closed = once(child, "close");
  const port = new Promise<string>((found) => {
    const collect = (chunk: string): void => {
      output += chunk;
      const [, port] = /http:\/\/[^\s:]+:(\d+)/.exec(output) ?? [];
      if (port !== undefined) found(port);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
  });
  const failure = (what: string): Error => {
    child.kill("SIGKILL");
    return new Error(`${what}; it printed:\n${output}`);
  };

  const listening = await Promise.race([port, closed, sleep(PATIENCE, undefined, { ref: false })]);
  if (typeof listening !== "string") throw failure("It does not listen");
  const url = `http://127.0.0.1:${listening}`;
  return {
    url,
    get output() {
      return output;
    },
    async themeOf(user) {
      const response = await fetch(`${url}/?user=${user}`);
      return await response.text();
    },
    async stop() {
      child.kill("SIGTERM");
      const end = await Promise.race([closed, sleep(PATIENCE, undefined, { ref: false })]);
      if (end === undefined) throw failure("It does not end after SIGTERM");
      const [code, signal] = end;
      if (code !== 0) throw failure(`It ended with ${signal ?? `exit code ${code}`}`);
    },
    [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      return Promise.resolve();
    },
  };
}
