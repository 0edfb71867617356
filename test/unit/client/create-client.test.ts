import { describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/create-client.ts";
import { createFixture } from "../../support/client-fixture.ts";

describe("createClient()", () => {
  it("creates a client on the given runtime", async () => {
    const { logger, runtime } = createFixture();
    const env = (name: string): string | undefined =>
      name === "FEATUREFLIP_SDK_KEY" ? "sdk-of-env" : undefined;
    const client = createClient({ logger, mode: "manual" }, { ...runtime, env });
    expect(client.status.mode).toBe("manual");
    await client.close();
  });
});
