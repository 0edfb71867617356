import type { EventProcessor } from "./event-processor.ts";

/** What a client has that records nothing (`sendEvents: false`, a test client): no memory, no timer, no request. */
export const NO_EVENTS: EventProcessor = Object.freeze({
  recordsEvaluations: false,
  recordEvaluation(): void {},
  recordCustom(): void {},
  recordIdentify(): void {},
  deliverWhenDue(): void {},
  // Made afresh each time: a promise must not be shared between requests (contract §6.1).
  flush: (): Promise<void> => Promise.resolve(),
  close: (): Promise<void> => Promise.resolve(),
  counters: Object.freeze({
    sent: 0,
    waiting: 0,
    dropped: Object.freeze({ overflow: 0, rejected: 0, closed: 0 }),
  }),
});
