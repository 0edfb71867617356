import { describe, expect, it } from "vitest";
import { decodeBootstrap, loadBootstrap } from "../../src/data-source/bootstrap-source.ts";
import { createSourceContext } from "../support/source-context.ts";

const SNAPSHOT = {
  environment: "e",
  version: 1,
  flags: [{
    key: "a",
    version: 1,
    type: "Json",
    enabled: true,
    variations: [{ key: "v", value: { deep: [1] } }],
    fallthrough: { type: "Fixed", variation: "v" },
  }],
  segments: [],
};

describe("decodeBootstrap()", () => {
  it("leaves the caller's object alone", () => {
    const given = structuredClone(SNAPSHOT);
    const snapshot = decodeBootstrap(given, () => {});
    expect(snapshot.flags[0]?.variations[0]?.value).toEqual({ deep: [1] });
    expect(given).toEqual(SNAPSHOT);
    expect(Object.isFrozen(given.flags[0]?.variations[0]?.value)).toBe(false);
  });
});

describe("loadBootstrap()", () => {
  it.each([
    ["now", () => SNAPSHOT],
    ["later", () => Promise.resolve(SNAPSHOT)],
  ])("applies what a function gives %s", async (_, give) => {
    const context = createSourceContext();
    await loadBootstrap(give, context.sink, (message) => context.logger.warn(message));
    expect(context.sink.sources).toEqual(["bootstrap"]);
  });

  it("applies nothing over what has come from the service meanwhile (contract §4)", async () => {
    const context = createSourceContext();
    const loading = loadBootstrap(() => Promise.resolve(SNAPSHOT), context.sink, () => {});
    context.sink.replace({ environment: "", version: 0, flags: [], segments: [] }, "stream");
    await loading;
    expect(context.sink.sources).toEqual(["stream"]);
  });

  it.each([
    ["throws", () => {
      throw new Error("disk is gone");
    }],
    ["rejects", () => Promise.reject(new Error("disk is gone"))],
    ["gives no snapshot", () => ({ flags: 7 })],
    ["gives nothing", () => undefined],
    ["gives what is no JSON", () => ({ flags: 7n })],
  ])("warns when the function %s", async (_, give) => {
    const context = createSourceContext();
    await loadBootstrap(give, context.sink, (message) => context.logger.warn(message));
    expect(context.sink.sources).toEqual([]);
    expect(context.logger.lines).toEqual([
      expect.stringMatching(/^warn: Option 'bootstrap' gave no snapshot: ./),
    ]);
  });
});
