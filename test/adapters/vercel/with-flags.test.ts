import { describe, expect, it } from "vitest";
import { withFlags } from "../../../src/adapters/vercel/mod.ts";
import { FeatureflipClient } from "../../../src/client/client.ts";
import { createRecordingLogger } from "../../support/recording-logger.ts";

const request = new Request("http://edge/?user=ada");

describe("withFlags() of a Vercel function", () => {
  it("hands over flags and request", async () => {
    const client = FeatureflipClient.forTesting({ "dark-mode": true });
    const handler = withFlags(
      (flags, { url }) => Response.json([flags.variation("dark-mode", false), flags.context, url]),
      { client, context: ({ url }) => Promise.resolve({ user_id: new URL(url).searchParams.get("user") }) },
    );
    const response = await handler(request);
    expect(await response.json()).toEqual([true, { user_id: "ada" }, request.url]);
  });

  it("serves defaults when no client can be made", async () => {
    const logger = createRecordingLogger();
    const handler = withFlags((flags) => Response.json(flags.variation("dark-mode", "default")), {
      options: { sdkKey: "a key", logger },
    });
    expect(await (await handler(request)).json()).toBe("default");
    expect(logger.lines).toEqual([expect.stringMatching(/^error: .*'sdkKey' must be visible ASCII/)]);
  });
});
