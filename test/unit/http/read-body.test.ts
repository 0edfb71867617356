import { describe, expect, it } from "vitest";
import { isJson, readText } from "../../../src/http/read-body.ts";
import { FakeBody } from "../../support/fake-response.ts";

function streamOf(body: FakeBody): ReadableStream<Uint8Array> {
  return body as unknown as ReadableStream<Uint8Array>;
}

/** Gives this runtime the method by which workerd reads blocks; returns how often it was called, and a function that removes it. */
function addReadAtLeast(): { sizes: readonly number[]; remove(): void } {
  const { prototype } = ReadableStreamBYOBReader;
  const sizes: number[] = [];
  Object.defineProperty(prototype, "readAtLeast", {
    configurable: true,
    value(this: ReadableStreamBYOBReader, bytes: number, block: Uint8Array<ArrayBuffer>) {
      expect(block.length).toBe(bytes);
      sizes.push(bytes);
      return this.read(block);
    },
  });
  return { sizes, remove: () => Reflect.deleteProperty(prototype, "readAtLeast") };
}

describe("readText() in workerd (contract §1, sizes)", () => {
  it("reads a body of bytes in blocks, characters split across blocks included", async () => {
    const blocks = addReadAtLeast();
    try {
      const text = `x${"é".repeat(100_000)}`;
      const bytes = new TextEncoder().encode(text);
      const body = (): ReadableStream<Uint8Array> =>
        new ReadableStream({
          type: "bytes",
          start(controller) {
            for (let at = 0; at < bytes.length; at += 70_001) {
              controller.enqueue(bytes.slice(at, at + 70_001));
            }
            controller.close();
            controller.byobRequest?.respond(0);
          },
        });
      expect(await readText(body(), bytes.length)).toBe(text);
      // A small body takes little memory, and a large one few turns of the event loop.
      expect(blocks.sizes.slice(0, 6)).toEqual([4_096, 8_192, 16_384, 32_768, 65_536, 65_536]);
      expect(await readText(body(), bytes.length - 1)).toBeUndefined();
    } finally {
      blocks.remove();
    }
  });

  it("reads what is not a stream of bytes piece by piece", async () => {
    const blocks = addReadAtLeast();
    try {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("text"));
          controller.close();
        },
      });
      expect(await readText(body, 4)).toBe("text");
      expect(blocks.sizes).toEqual([]);
    } finally {
      blocks.remove();
    }
  });
});

describe("readText() (contract §1, sizes)", () => {
  it("reads a body to its end, characters split across chunks included", async () => {
    const body = new FakeBody();
    for (const byte of new TextEncoder().encode("ключ 🚀")) body.write(Uint8Array.of(byte));
    body.end();
    expect(await readText(streamOf(body), 100)).toBe("ключ 🚀");
  });

  it("reads a missing body as the empty text", async () => {
    expect(await readText(null, 0)).toBe("");
  });

  it("accepts exactly as many bytes as allowed, and refuses one more before the end has arrived", async () => {
    expect(await readText(streamOf(new FakeBody("é")), 2)).toBe("é");
    const endless = new FakeBody();
    endless.write("ab");
    endless.write("c");
    expect(await readText(streamOf(endless), 2)).toBeUndefined();
    expect(endless.cancelled).toBe(true);
  });

  it("rejects chunks that are not bytes, whose size would not be counted, and releases the body", async () => {
    let isCancelled = false;
    const text = new ReadableStream({
      pull: (controller) => controller.enqueue("text"),
      cancel: () => void (isCancelled = true),
    });
    await expect(readText(text, 2)).rejects.toThrow(
      "option 'fetch' returned a body that is not a stream of bytes",
    );
    expect(isCancelled).toBe(true);
  });

  it("rejects with the failure of the stream, and releases the body", async () => {
    const body = new FakeBody();
    body.write("half");
    body.break(new TypeError("terminated"));
    await expect(readText(streamOf(body), 100)).rejects.toThrow("terminated");
    expect(body.cancelled).toBe(true);
  });

  it("stops when the signal aborts, and keeps no listener on it afterwards", async () => {
    const controller = new AbortController();
    const added: string[] = [];
    const removed: string[] = [];
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, ...rest: unknown[]) => {
      added.push(type);
      (add as (...args: unknown[]) => void)(type, ...rest);
    };
    signal.removeEventListener = (type: string, ...rest: unknown[]) => {
      removed.push(type);
      (remove as (...args: unknown[]) => void)(type, ...rest);
    };
    const body = new FakeBody();
    const reading = readText(streamOf(body), 100, signal);
    controller.abort();
    await reading;
    expect(body.cancelled).toBe(true);
    expect(removed).toEqual(added);
  });
});

describe("isJson() (contract §9)", () => {
  it.each<[string | undefined, boolean]>([
    ["application/json", true],
    ["Application/JSON; charset=utf-8", true],
    ["application/problem+json", true],
    ["application/jsonp", false],
    ["text/plain; x=application/json", false],
    [undefined, false],
  ])("of %s is %s", (type, expected) => {
    expect(isJson(new Headers(type === undefined ? {} : { "content-type": type }))).toBe(expected);
  });
});
