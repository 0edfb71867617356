import type { EventProcessor } from "./event-processor.ts";

/** What a client has that records nothing (`sendEvents: false`, a test client): no memory, no timer, no request. */
export const NO_EVENTS: EventProcessor = {
  recordsEvaluations: false,
  recordEvaluation() {},
  recordCustom() {},
  recordIdentify() {},
  deliverWhenDue() {},
  async flush() {},
  async close() {},
  // Anew each time: all clients without events share this.
  counters: () => ({ sent: 0, waiting: 0, dropped: { overflow: 0, rejected: 0, closed: 0 } }),
};
