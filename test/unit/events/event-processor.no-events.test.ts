import { expect, it } from "vitest";
import { NO_EVENTS } from "../../../src/events/event-processor.ts";

it("NO_EVENTS records nothing and settles everything at once (contract §7, sendEvents)", async () => {
  expect(NO_EVENTS.recordsEvaluations).toBe(false);
  NO_EVENTS.recordEvaluation("f", "u", "on", undefined);
  NO_EVENTS.recordCustom("bought", "u", { n: 1n });
  NO_EVENTS.recordIdentify("u", {});
  NO_EVENTS.deliverWhenDue(() => expect.unreachable());
  await NO_EVENTS.flush();
  await NO_EVENTS.close();
  expect(NO_EVENTS.counters()).toEqual({
    sent: 0,
    waiting: 0,
    shed: { repeats: 0, evaluations: 0, others: 0 },
    dropped: { rejected: 0, closed: 0 },
  });
});

it("NO_EVENTS gives each client its own counters", () => {
  Object.assign(NO_EVENTS.counters(), { sent: 5 });
  Object.assign(NO_EVENTS.counters().dropped, { closed: 5 });
  Object.assign(NO_EVENTS.counters().shed, { repeats: 5 });
  expect(NO_EVENTS.counters()).toEqual({
    sent: 0,
    waiting: 0,
    shed: { repeats: 0, evaluations: 0, others: 0 },
    dropped: { rejected: 0, closed: 0 },
  });
});
