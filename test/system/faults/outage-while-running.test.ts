import { describe, expect, it } from "vitest";
import { isHealthy } from "./is-healthy.ts";
import { MOST_REQUESTS, OUTAGES } from "./outages.ts";
import { createReport } from "./report.ts";
import { Stage } from "./stage.ts";

const MINUTE = 60_000;

describe("FeatureflipClient that an outage of two minutes hits (contract §4)", () => {
  const report = createReport("outage of two minutes, while running");

  it.each(OUTAGES)("serves what it had, and recovers: $name", async ({ name, strike, mend, within }) => {
    await Stage.play(async (stage) => {
      await stage.openReady();
      const { clock, client, served, requests } = stage;
      expect(requests, "requests that a start costs").toEqual(["/v1/sdk/stream"]);
      await clock.advance(MINUTE);
      const before = requests.length;

      await strike(stage);
      stage.edit("v2");
      await clock.advance(2 * MINUTE);
      const meanwhile = [...served];
      expect(meanwhile, "served meanwhile").toEqual(["v1"]);
      const { state, lastError } = client.status;
      expect(state).toBe("STALE");
      expect(lastError?.code).toMatch(/^(REQUEST_FAILED|INVALID_PAYLOAD)$/);

      await mend(stage);
      const recovered = await stage.serves("v2", within);
      const cost = requests.length - before;
      expect(cost).toBeLessThanOrEqual(MOST_REQUESTS);
      report({ fault: name, served: meanwhile, recovered, cost });
      await isHealthy(stage);
    });
  });
});
