import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RepeatFinder } from "../../../src/events/repeat-finder.ts";
import { createEvaluation, createEvent } from "../../../src/events/serialize.ts";
import type { WaitingEvent } from "../../../src/events/serialize.ts";

const TEXTS = ["a", "a b", "b", '"', "__proto__", "", undefined];

function numbered(events: readonly WaitingEvent[], first = 0): WaitingEvent[] {
  return events.map((event, index) => ({ ...event, number: first + index }));
}

function evaluation(user: number | string, flag = "f"): WaitingEvent {
  return createEvaluation(flag, String(user), "on", undefined, 0);
}

const numbersOf = (events: readonly WaitingEvent[]): number[] => events.map(({ number }) => number);

describe("RepeatFinder", () => {
  it("distinguishes flag, variation and user, and nothing else (contract §5)", () => {
    const different = TEXTS.flatMap((user) =>
      TEXTS.flatMap((variation) =>
        ["f", "f g", "__proto__"].map((flag) => createEvaluation(flag, user, variation, undefined, 0))
      )
    );
    const events = numbered([...different, ...different, createEvaluation("f", "a", "b", "p", 99)]);
    expect(new RepeatFinder().removeRepeats(events, 0)).toBeGreaterThan(0);
    expect(numbersOf(events)).toEqual(different.map((_, index) => index));
  });

  it("keeps Custom events, however equal", () => {
    const custom = createEvent({ type: "Custom", name: "n", timestamp: 0 });
    const events = numbered([custom, custom, evaluation(1), custom]);
    expect(new RepeatFinder().removeRepeats(events, 0)).toBe(0);
    expect(events).toHaveLength(4);
  });

  it("does not compare with events before the start: they are being sent", () => {
    const events = numbered([evaluation(1), evaluation(2), evaluation(1), evaluation(1)]);
    new RepeatFinder().removeRepeats(events, 1);
    expect(numbersOf(events)).toEqual([0, 1, 2]);
  });

  it("compares new events with those of earlier passes, as long as these wait", () => {
    const finder = new RepeatFinder();
    const events = numbered([evaluation(1), evaluation(2), evaluation(3)]);
    finder.removeRepeats(events, 0);
    events.shift(); // sent or shed
    events.push(...numbered([evaluation(1), evaluation(2), evaluation(1)], 3));
    finder.removeRepeats(events, 0);
    expect(numbersOf(events)).toEqual([1, 2, 3]);
  });

  it("clear() lets all events be compared again", () => {
    const finder = new RepeatFinder();
    const events = numbered([evaluation(1), evaluation(1), evaluation(2)]);
    finder.removeRepeats(events, 2);
    finder.clear();
    finder.removeRepeats(events, 0);
    expect(numbersOf(events)).toEqual([0, 2]);
  });

  it("finds what a set finds, pass after pass, while the oldest leave", () => {
    fc.assert(fc.property(
      fc.array(
        fc.record({ users: fc.array(fc.nat({ max: 12 }), { maxLength: 40 }), leave: fc.nat({ max: 20 }) }),
      ),
      (passes) => {
        const finder = new RepeatFinder();
        const events: WaitingEvent[] = [];
        let number = 0;
        for (const { users, leave } of passes) {
          events.push(...numbered(users.map((user) => evaluation(user)), number));
          number += users.length;
          const expected = numbersOf(
            events.filter(({ user }, index) => events.findIndex((it) => it.user === user) === index),
          );
          finder.removeRepeats(events, 0);
          expect(numbersOf(events)).toEqual(expected);
          events.splice(0, leave);
        }
      },
    ));
  });
});
