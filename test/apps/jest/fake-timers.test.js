const { afterEach, expect, jest: jestObject, test } = require("@jest/globals");
const { FeatureflipClient } = require("@featureflip/sdk");
const { flag } = require("@featureflip/sdk/testing");

const body = JSON.stringify({
  environment: "e",
  version: 1,
  flags: [flag("dark-mode").otherwise("on")],
  segments: [],
});
const json = { headers: { "content-type": "application/json" } };
let sent = 0;

/** A service in memory. Its streams stay open, and end with their request. */
function answer(url, init) {
  if (url.endsWith("/events")) {
    sent += JSON.parse(init.body).events.length;
    return new Response(null, { status: 202 });
  }
  if (!url.endsWith("/stream")) return new Response(body, json);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`event: sync\ndata: ${body}\n\n`));
      init.signal.addEventListener("abort", () => controller.error(new Error("aborted")));
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

const FAKES = {
  modern: () => jestObject.useFakeTimers(),
  "modern, with the clock at 0": () => jestObject.useFakeTimers({ now: 0 }),
  legacy: () => jestObject.useFakeTimers({ legacyFakeTimers: true }),
};

afterEach(() => jestObject.useRealTimers());

let count = 0;
for (const [name, fake] of Object.entries(FAKES)) {
  for (const mode of ["streaming", "polling", "lazy"]) {
    for (const isFakeFirst of [true, false]) {
      test(`${mode} with fake timers, ${name}, ${isFakeFirst ? "before" : "after"} the client starts`, async () => {
        if (isFakeFirst) fake();
        const client = new FeatureflipClient({
          sdkKey: `sdk-jest-${count++}`,
          mode,
          fetch: (url, init) => Promise.resolve(answer(url, init)),
        });
        await client.waitForInitialization();
        if (!isFakeFirst) fake();
        for (let user = 0; user < 250; user++) {
          expect(client.variation("dark-mode", { user_id: `u${user}` }, false)).toBe(true);
          expect(client.variation("unknown", {}, "default")).toBe("default");
        }
        jestObject.advanceTimersByTime(120_000);
        expect(client.variation("dark-mode", {}, false)).toBe(true);
        await client.refresh();
        jestObject.useRealTimers();
        const before = sent;
        await client.flush();
        client.track("last", { user_id: "u" });
        await client.close();
        expect(sent).toBeGreaterThan(before);
      });
    }
  }
}

test.each([
  ["returns nothing", () => jestObject.fn()],
  ["throws", () => () => {
    throw new Error("no timers in tests");
  }],
])("setTimeout that %s", async (_name, make) => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = make();
  try {
    const client = new FeatureflipClient({
      sdkKey: `sdk-jest-${count++}`,
      fetch: (url, init) => Promise.resolve(answer(url, init)),
    });
    await client.waitForInitialization();
    expect(client.variation("dark-mode", { user_id: "u" }, false)).toBe(true);
    await client.close();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});
