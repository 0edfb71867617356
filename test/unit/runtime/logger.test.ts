import { describe, expect, it, vi } from "vitest";
import {
  callGuarded,
  consoleLogger,
  createLogger,
  guardLogger,
  isLogger,
  log,
} from "../../../src/runtime/logger.ts";
import type { Logger } from "../../../src/runtime/logger.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

function record(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = [];
  return { lines, logger: createLogger((level, message) => lines.push(`${level} ${message}`)) };
}

describe("createLogger()", () => {
  it("passes level and message of each call to one function", () => {
    const { lines, logger } = record();
    for (const level of LEVELS) logger[level]("text");
    expect(lines).toEqual(["debug text", "info text", "warn text", "error text"]);
  });
});

describe("isLogger()", () => {
  it("asks for all four methods, inherited ones included", () => {
    expect(isLogger(console)).toBe(true);
    expect(isLogger(Object.create(record().logger))).toBe(true);
    expect(isLogger({ debug() {}, info() {}, warn() {} })).toBe(false);
    expect(isLogger(null)).toBe(false);
    expect(isLogger(() => {})).toBe(false);
  });
});

describe("consoleLogger", () => {
  it("writes everything but debug messages, with a prefix", () => {
    const levels = LEVELS.map((level) => vi.spyOn(console, level).mockImplementation(() => {}));
    try {
      for (const level of LEVELS) consoleLogger[level]("text");
      const calls = levels.map((level) => level.mock.calls);
      expect(calls).toEqual([[], [["[featureflip]", "text"]], [["[featureflip]", "text"]], [[
        "[featureflip]",
        "text",
      ]]]);
    } finally {
      for (const level of levels) level.mockRestore();
    }
  });
});

describe("log()", () => {
  it("escapes control characters: a name from a service must not control a terminal", () => {
    const lines: string[] = [];
    log(createLogger((_, message) => void lines.push(message)), "warn", "flag \u001b[31m\u2028");
    expect(lines).toEqual(["flag \\u001b[31m\\u2028"]);
  });
});

describe("guardLogger()", () => {
  it("edits each message, and keeps the logger's own this", () => {
    class Own {
      readonly lines: string[] = [];
      debug(message: string): void {
        this.lines.push(message);
      }
      info = this.debug;
      warn = this.debug;
      error = this.debug;
    }
    const own = new Own();
    const logger = guardLogger(own, (message) => message.toUpperCase());
    for (const level of LEVELS) logger[level](level);
    expect(own.lines).toEqual(["DEBUG", "INFO", "WARN", "ERROR"]);
  });

  it("never throws", () => {
    const logger = guardLogger(createLogger(() => {
      throw new Error("broken logger");
    }));
    for (const level of LEVELS) expect(() => logger[level]("text")).not.toThrow();
  });
});

describe("callGuarded()", () => {
  it("calls at once, and passes on what is thrown or rejected", async () => {
    const errors: unknown[] = [];
    let calls = 0;
    callGuarded(() => {
      calls++;
      throw "thrown";
    }, (error) => errors.push(error));
    callGuarded(() => Promise.reject("rejected"), (error) => errors.push(error));
    callGuarded(() => calls++, (error) => errors.push(error));
    expect(calls).toBe(2);
    await new Promise((resolve) => setTimeout(resolve));
    expect(errors).toEqual(["thrown", "rejected"]);
  });

  it("ignores an error of the error handler", async () => {
    callGuarded(() => Promise.reject("rejected"), () => {
      throw new Error("broken handler");
    });
    // An unhandled rejection would fail the run.
    await new Promise((resolve) => setTimeout(resolve));
  });
});
