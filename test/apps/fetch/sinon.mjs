// Evaluates while Sinon's fake timers stand in for time, and sends what it recorded later.
import { FeatureflipClient } from "@featureflip/sdk";
import { flag } from "@featureflip/sdk/testing";
import assert from "node:assert/strict";
import sinon from "sinon";

const flags = [flag("dark-mode").otherwise("on")];
const body = JSON.stringify({
  environment: "e",
  version: 1,
  flags,
  segments: [],
});
for (const mode of ["streaming", "polling", "lazy"]) {
  let sent = 0;
  // As Jest and Vitest do: without them Node 20 and 22 don't read the body of any Response.
  const clock = sinon.useFakeTimers({
    toNotFake: ["nextTick", "queueMicrotask"],
  });
  const client = new FeatureflipClient({
    sdkKey: `sdk-${mode}`,
    mode,
    fetch: (url, init) => {
      if (url.endsWith("/events")) {
        sent += JSON.parse(init.body).events.length;
        return Promise.resolve(new Response(null, { status: 202 }));
      }
      const isStream = url.endsWith("/stream");
      const type = isStream ? "text/event-stream" : "application/json";
      const text = isStream ? `event: sync\ndata: ${body}\n\n` : body;
      return Promise.resolve(
        new Response(text, { headers: { "content-type": type } }),
      );
    },
  });
  await client.waitForInitialization();
  for (let user = 0; user < 250; user++) {
    assert.equal(
      client.variation("dark-mode", { user_id: `u${user}` }, false),
      true,
    );
  }
  await clock.tickAsync(120_000);
  assert.equal(client.variation("dark-mode", {}, false), true);
  clock.restore();
  client.track("last", { user_id: "u" });
  await client.close();
  assert(sent >= 251, `${sent} events`);
  console.log(`ok  ${mode}`);
}
