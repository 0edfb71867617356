import { describe, expect, it } from "vitest";
import { createPacedWarnings } from "../../../src/events/paced-warnings.ts";
import type { PacedWarnings } from "../../../src/events/paced-warnings.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { collectingLogger } from "./fixture.ts";

function createFixture(): { scheduler: ManualScheduler; lines: string[]; warnings: PacedWarnings } {
  const scheduler = new ManualScheduler();
  const lines: string[] = [];
  const warnings = createPacedWarnings({ logger: collectingLogger(lines), scheduler, flushInterval: 1_000 });
  return { scheduler, lines, warnings };
}

describe("createPacedWarnings()", () => {
  it("warns once per interval of a kind, and the next warning says how many were left out", async () => {
    const { scheduler, lines, warnings } = createFixture();
    for (let count = 0; count < 3; count++) warnings.warn("a", `a ${count}`);
    await scheduler.advance(999);
    warnings.warn("a", "a 3");
    await scheduler.advance(1);
    warnings.warn("a", "a 4");
    expect(lines).toEqual(["a 0", "a 4 (and 3 more like it before)"]);
  });

  it("counts left-out warnings from zero after each warning", async () => {
    const { scheduler, lines, warnings } = createFixture();
    warnings.warn("a", "first");
    warnings.warn("a", "silenced");
    await scheduler.advance(1_000);
    warnings.warn("a", "second");
    await scheduler.advance(1_000);
    warnings.warn("a", "third");
    expect(lines).toEqual(["first", "second (and 1 more like it before)", "third"]);
  });

  it("paces each kind by itself", () => {
    const { lines, warnings } = createFixture();
    warnings.warn("a", "of a");
    warnings.warn("b", "of b");
    expect(lines).toEqual(["of a", "of b"]);
    expect([warnings.isDue("a"), warnings.isDue("c")]).toEqual([false, true]);
  });

  it("a clock that was set back by an interval or more does not silence a kind (contract §6.2)", () => {
    const { scheduler, lines, warnings } = createFixture();
    warnings.warn("a", "before");
    scheduler.jump(-1_000);
    warnings.warn("a", "after");
    expect(lines).toEqual(["before", "after"]);
  });

  it("a logger that throws does not disturb the caller", () => {
    const scheduler = new ManualScheduler();
    const fail = (): never => {
      throw new Error("out of disk");
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const warnings = createPacedWarnings({ logger, scheduler, flushInterval: 1_000 });
    expect(() => warnings.warn("a", "text")).not.toThrow();
  });
});
