import { describe, expect, it } from "vitest";
import { detectRuntime } from "../../../src/runtime/detect-runtime.ts";

type Listener = (message: unknown) => void;

/** Node's globals around a diagnostics channel in memory. */
function nodeWith() {
  const listeners = new Set<Listener>();
  const channels = {
    subscribe: (_: string, listener: Listener) => void listeners.add(listener),
    unsubscribe: (_: string, listener: Listener) => void listeners.delete(listener),
  };
  const getBuiltinModule = (name: string) => name === "diagnostics_channel" ? channels : undefined;
  const { releaseStreams } = detectRuntime({ process: { versions: { node: "20.20.2" }, getBuiltinModule } });
  /** Whether the socket of a request with these headers is released. */
  const isReleased = (headers: string, alpnProtocol?: string | false): boolean => {
    let released = false;
    for (const listener of listeners) {
      listener({ headers, socket: { unref: () => released = true, alpnProtocol } });
    }
    return released;
  };
  return { releaseStreams, isReleased };
}

const AGENT = "user-agent: featureflip-sdk/1.0.0 (node/20.20.2)\r\n";
const STREAM = "accept: text/event-stream\r\n";

describe("releaseStreams()", () => {
  it("releases the sockets of this package's streams, and no others (contract §6)", () => {
    const { releaseStreams, isReleased } = nodeWith();
    const stop = releaseStreams!();
    expect(isReleased(`host: x\r\n${AGENT}${STREAM}`)).toBe(true);
    expect(isReleased(`host: x\r\n${STREAM}user-agent: node\r\n`)).toBe(false);
    expect(isReleased(`host: x\r\n${AGENT}accept: application/json\r\n`)).toBe(false);
    expect(isReleased(`host: x\r\n${AGENT}${STREAM}`, false)).toBe(true);
    expect(isReleased(`host: x\r\n${AGENT}${STREAM}`, "http/1.1")).toBe(true);
    expect(isReleased(`host: x\r\n${AGENT}${STREAM}`, "h2"), "it carries every request to the host").toBe(
      false,
    );
    stop();
    expect(isReleased(`host: x\r\n${AGENT}${STREAM}`)).toBe(false);
  });

  it("is absent where the runtime has no way to do it (contract §6)", () => {
    expect(detectRuntime({ Bun: { version: "1.4.5" } }).releaseStreams).toBeUndefined();
    expect(detectRuntime({ Deno: { version: { deno: "2.9.5" } } }).releaseStreams).toBeUndefined();
    // Node before 20.16 hands no module out without an import.
    expect(detectRuntime({ process: { versions: { node: "20.10.0" } } }).releaseStreams).toBeUndefined();
  });
});
