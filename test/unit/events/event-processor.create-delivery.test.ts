import { describe, expect, it } from "vitest";
import { BackgroundDelivery } from "../../../src/events/background-delivery.ts";
import { createDelivery } from "../../../src/events/event-processor.ts";
import { EventQueue } from "../../../src/events/event-queue.ts";
import { createPacedWarnings } from "../../../src/events/paced-warnings.ts";
import { RequestDelivery } from "../../../src/events/request-delivery.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { EventPosts } from "../../support/service.ts";
import { collectingLogger } from "./fixture.ts";

describe("createDelivery()", () => {
  it.each([[true, BackgroundDelivery], [false, RequestDelivery]] as const)(
    "with a background %s creates a delivery for it, which does nothing yet (contract §6)",
    (hasBackground, expected) => {
      const scheduler = new ManualScheduler();
      const http = new EventPosts(scheduler);
      const options = {
        http,
        scheduler,
        flushInterval: 30_000,
        flushBatchSize: 100,
        connectTimeout: 5_000,
        hasBackground,
      };
      const warnings = createPacedWarnings({ ...options, logger: collectingLogger([]) });
      expect(createDelivery(new EventQueue(), options, warnings)).toBeInstanceOf(expected);
      expect([scheduler.armed, http.requests.length]).toEqual([0, 0]);
    },
  );
});
