import { expect, it } from "vitest";
import { listenOnNode } from "../../../../src/server/hosts/node.ts";

it("listenOnNode() serves a free port, and close() ends open connections too", async () => {
  let isOpen = false;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("first"));
      isOpen = true;
    },
  });
  const listener = await listenOnNode({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Promise.resolve(new Response(body)),
  });
  const response = await fetch(`http://127.0.0.1:${listener.port}/`);
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
  expect(isOpen).toBe(true);
  const ended = reader.read().then(({ done }) => done, () => true);
  await listener.close();
  expect(await ended).toBe(true);
  await expect(fetch(`http://127.0.0.1:${listener.port}/`)).rejects.toThrow();
});
