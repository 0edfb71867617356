import { describe, expect, it } from "vitest";
import { Refusal } from "../../../../src/server/ofrep/answers.ts";
import {
  fromClaims,
  fromDecision,
  parseContext,
  readBody,
  toClaims,
} from "../../../../src/server/ofrep/request-context.ts";
import { ManualScheduler } from "../../../support/manual-scheduler.ts";

describe("readBody() and parseContext()", () => {
  const scheduler = new ManualScheduler();

  function read(body: BodyInit, headers: Record<string, string> = {}): Promise<unknown> {
    const request = new Request("https://flags.example", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      ...{ duplex: "half" },
    });
    const reading = readBody(request, { maxBodyBytes: 1_000, scheduler });
    return reading.then((text) => parseContext(text, undefined)).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      return error.response.status;
    });
  }

  it("returns what the caller sent", async () => {
    expect(await read(`{"context":{"targetingKey":"ada","plan":"pro"}}`)).toEqual({
      targetingKey: "ada",
      plan: "pro",
    });
    expect(await read("{}", { "content-type": "application/json; charset=utf-8" })).toEqual({});
  });

  it("refuses another type, length or shape", async () => {
    expect(await read("{}", { "content-type": "text/plain" })).toBe(415);
    expect(await read(JSON.stringify({ context: { a: "x".repeat(1_000) } }))).toBe(413);
    expect(await read("[".repeat(500))).toBe(400);
    expect(await read(`{"context":[]}`)).toBe(400);
  });

  it("gives up on a body that does not arrive (contract §9)", async () => {
    const pending = read(new ReadableStream());
    await scheduler.advance(30_000);
    expect(await pending).toBe(408);
  });
});

describe("contexts", () => {
  it("take the targeting key as the user id", () => {
    expect(fromClaims({ targetingKey: "ada", userId: "bob", plan: "pro" })).toEqual({
      user_id: "ada",
      targetingKey: "ada",
      plan: "pro",
    });
    expect(fromClaims({ targetingKey: "", userId: "bob" })).toEqual({ userId: "bob" });
  });

  it("have one spelling of the user in claims", () => {
    for (const sent of [{ targetingKey: "ada", user_id: "bob" }, { user_id: "ada" }, { userId: "ada" }]) {
      expect(toClaims(sent)).toEqual({ user_id: "ada" });
    }
    expect(toClaims({ plan: "pro", targetingKey: "" })).toEqual({ plan: "pro" });
  });

  it("have the user that the application decides on, also none (contract §9)", () => {
    const claims = toClaims({ targetingKey: "mallory" });
    for (const decision of [{ userId: "ada" }, { targetingKey: "ada" }, { user_id: "ada" }]) {
      expect(fromDecision({ ...claims, ...decision })).toEqual({ user_id: "ada", targetingKey: "ada" });
    }
    for (const decision of [{ userId: undefined }, { targetingKey: null }, { user_id: "" }]) {
      expect(fromDecision({ ...claims, ...decision })).toEqual({});
    }
    expect(fromDecision(null)).toEqual({});
  });
});
