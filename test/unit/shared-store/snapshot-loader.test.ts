import { describe, expect, it } from "vitest";
import { Deadline } from "../../../src/runtime/scheduler.ts";
import { createServiceLoader } from "../../../src/shared-store/snapshot-loader.ts";
import { ManualScheduler } from "../../support/manual-scheduler.ts";
import { wireFlag, wireSnapshot } from "../../support/wire.ts";

describe("createServiceLoader()", () => {
  it("loads from the service, and says when nothing changed", async () => {
    const json = wireSnapshot([wireFlag("a")]);
    const answering = { getSnapshot: () => Promise.resolve({ text: "…", json, etag: undefined }) };
    const loaded = await createServiceLoader(answering, () => {}).load({ etag: undefined });
    expect(loaded.snapshot?.flags.map(({ key }) => key)).toEqual(["a"]);
    expect(loaded.storedAt).toBeUndefined();
    expect(loaded.text).toBe("…");
    const same = createServiceLoader(
      { getSnapshot: ({ text } = {}) => Promise.resolve({ text, json: undefined, etag: `"v2"` }) },
      () => {},
    );
    expect(await same.load({ text: "…" })).toEqual({ snapshot: undefined, text: "…", etag: `"v2"` });
    const notModified = createServiceLoader(
      { getSnapshot: ({ etag } = {}) => Promise.resolve({ text: undefined, json: undefined, etag }) },
      () => {},
    );
    expect(await notModified.load({ etag: `"v1"` })).toEqual({
      snapshot: undefined,
      etag: `"v1"`,
      storedAt: undefined,
    });
  });

  it("passes the ETag and the time that is left on", async () => {
    const scheduler = new ManualScheduler();
    const seen: unknown[] = [];
    const loader = createServiceLoader({
      getSnapshot: (options) => {
        seen.push(options);
        return Promise.resolve({ text: "{}", json: { flags: [], segments: [] }, etag: undefined });
      },
    }, () => {});
    const deadline = new Deadline(scheduler, 3000);
    scheduler.jump(1000);
    await loader.load({ etag: `"v1"`, deadline });
    scheduler.jump(9000);
    await loader.load({ etag: undefined, deadline });
    await loader.load({ etag: undefined });
    expect(seen).toEqual([
      { etag: `"v1"`, timeout: 2000 },
      { etag: undefined, timeout: 1 },
      { etag: undefined, timeout: undefined },
    ]);
  });
});
