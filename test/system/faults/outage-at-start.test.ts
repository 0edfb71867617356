import { describe, expect, it } from "vitest";
import { InitializationError } from "../../../src/errors/initialization-error.ts";
import { isHealthy } from "./is-healthy.ts";
import { MOST_REQUESTS, OUTAGES } from "./outages.ts";
import { createReport } from "./report.ts";
import { DEFAULT, Stage } from "./stage.ts";

const MINUTE = 60_000;

describe("FeatureflipClient that starts in an outage (contract §4, initial load)", () => {
  const report = createReport("outage of a minute, at the start");

  it.each(OUTAGES)("serves defaults, and heals by itself: $name", async ({ name, strike, mend, within }) => {
    await Stage.play(async (stage) => {
      const { clock, served, requests } = stage;
      await strike(stage);
      const client = stage.open();
      const waited = client.waitForInitialization().catch((error: unknown) => error);
      await clock.advance(MINUTE);
      expect(await waited).toBeInstanceOf(InitializationError);
      const meanwhile = [...served];
      expect(meanwhile, "served meanwhile").toEqual([DEFAULT]);

      await mend(stage);
      const recovered = await stage.serves("v1", within);
      expect(requests.length).toBeLessThanOrEqual(MOST_REQUESTS);
      report({ fault: name, served: meanwhile, recovered, cost: requests.length });
      await client.waitForInitialization();
      await isHealthy(stage);
    });
  });
});
