import { createClient as createEdgeConfig } from "@vercel/edge-config";
import { createClient as createGlobalConfig } from "@vercel/global-config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgeConfigStore } from "../../../../src/adapters/vercel/mod.ts";
import type { EdgeConfigLike, EdgeConfigWriteOptions } from "../../../../src/adapters/vercel/mod.ts";
import { createEvaluationApi } from "../../../../src/server/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";
import { wireFlag } from "../../../support/wire.ts";
import { startFakeVercel } from "../../../system/stores/fake-vercel.ts";
import type { FakeVercel } from "../../../system/stores/fake-vercel.ts";
import { createFixture, createRequestFixture } from "../../../support/client-fixture.ts";

let vercel: FakeVercel;
beforeAll(async () => {
  vercel = await startFakeVercel(500_000);
});
afterAll(() => vercel.close());

function writeTo(
  { url, token }: FakeVercel,
  rest: Partial<EdgeConfigWriteOptions> = {},
): EdgeConfigWriteOptions {
  return { url, token, ...rest };
}

const clients: Readonly<Record<string, (connectionString: string) => EdgeConfigLike>> = {
  "@vercel/edge-config": createEdgeConfig,
  "@vercel/global-config": createGlobalConfig,
};

for (const [name, createClient] of Object.entries(clients)) {
  describe(`edgeConfigStore() on a client of ${name} (contract §8)`, () => {
    const key = name.replace(/\W/g, "_");
    const open = () =>
      edgeConfigStore(createClient(vercel.connectionString), { prefix: `${key}:`, write: writeTo(vercel) });
    for (const { name, run } of sharedStoreCases({ open, abilities: ["set"], longest: 120_000 })) {
      it(name, run);
    }

    it("is only read without 'write'", async () => {
      const store = edgeConfigStore(createClient(vercel.connectionString), { prefix: "nothing:" });
      expect("set" in store || "tryLock" in store || "watch" in store).toBe(false);
      expect(await store.get("flags")).toBeNull();
    });

    it("says what it found where something else has written the item", async () => {
      vercel.items.set("foreign_flags", { flags: [] });
      const store = edgeConfigStore(createClient(vercel.connectionString), { prefix: "foreign:" });
      await expect(store.get("flags")).rejects.toThrow(
        `The item "foreign_flags" must be a string, but is an object`,
      );
    });
  });
}

describe("edgeConfigStore()'s set()", () => {
  const connect = () => createEdgeConfig(vercel.connectionString);

  it("names the size, the limit and what to do before it asks for what can't be", async () => {
    const store = edgeConfigStore(connect(), { write: writeTo(vercel, { limit: 8192 }) });
    const before = vercel.requests.length;
    // As Vercel counts: quotes are escaped, and a character may be four bytes.
    await expect(store.set!("flags", `"😀`.repeat(1362))).rejects.toThrow(
      "The snapshot has 8196 bytes, and the Edge Config takes 8192 (8 KB fit on Hobby, 64 on Pro, 512 on Enterprise): " +
        "remove old flags, change the plan, or use another store",
    );
    expect(vercel.requests).toHaveLength(before);
    await store.set!("flags", `"😀`.repeat(1361));
    expect(vercel.items.get("featureflip_flags")).toBe(`"😀`.repeat(1361));
  });

  it("passes on what Vercel says, with the size that it was about, and no token", async () => {
    const tooLarge = edgeConfigStore(connect(), { write: writeTo(vercel) });
    await expect(tooLarge.set!("flags", "x".repeat(500_000))).rejects.toThrow(
      /^Vercel answered 400 to a snapshot of 500024 bytes \(8 KB fit on Hobby, .*\): The Edge Config is too large$/,
    );
    const foreign = edgeConfigStore(connect(), { write: writeTo(vercel, { token: "wrong-token" }) });
    const error = await foreign.set!("flags", "x").catch(String);
    expect(error).toMatch(/^Error: Vercel answered 403 .*: Not authorized$/);
    expect(error).not.toContain("wrong-token");
  });

  it("writes to the given team and Edge Config", async () => {
    const { get } = connect();
    expect(() => edgeConfigStore({ get }, { write: writeTo(vercel) })).toThrow(
      "Cannot use edgeConfigStore(): 'write.id' is missing",
    );
    const write = writeTo(vercel, { id: "ecfg_fake", teamId: "team/ä" });
    await edgeConfigStore({ get }, { write }).set!("flags", "x");
    expect(vercel.requests.at(-1)).toBe("PATCH /v1/edge-config/ecfg_fake/items?teamId=team%2F%C3%A4");
  });
});

describe("clients on an edgeConfigStore() (contract §8)", () => {
  it("read what one wrote, at no cost to the service; the writer's status says when it is too large", async () => {
    const api = createEvaluationApi({
      sdkKeys: ["sdk-edge-config"],
      environment: { flags: [wireFlag("dark-mode")] },
      hosts: ["eval.featureflip.io"],
    });
    let asked = 0;
    const options = {
      sdkKey: "sdk-edge-config",
      fetch: (input: string | URL | Request, init?: RequestInit) => {
        asked++;
        return api.fetch(new Request(input, init));
      },
    };
    const connect = (write?: EdgeConfigWriteOptions) =>
      edgeConfigStore(createEdgeConfig(vercel.connectionString), {
        prefix: "of-clients:",
        ...(write && { write }),
      });
    const refresh = async (limit: number): Promise<string | undefined> => {
      const { connect: connectClient } = createFixture();
      const cron = connectClient({ ...options, mode: "manual", store: connect(writeTo(vercel, { limit })) });
      await cron.refresh();
      const { storeError } = cron.status;
      await cron.close();
      return storeError?.message;
    };
    expect(await refresh(100)).toMatch(
      /^Shared store: writing failed: The snapshot has \d+ bytes, and/,
    );
    expect([...vercel.items.keys()].join()).not.toContain("of-clients");
    expect(await refresh(2000)).toBeUndefined();
    expect(asked).toBe(2);

    const edge = createRequestFixture().connect({ ...options, store: connect() });
    await edge.waitForInitialization();
    expect([edge.variation("dark-mode", {}, false), edge.status.source, asked]).toEqual([true, "store", 2]);
    await edge.close();
    await api.close();
  });
});
