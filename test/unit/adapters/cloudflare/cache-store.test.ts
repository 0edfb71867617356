import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheStore } from "../../../../src/adapters/cloudflare/mod.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";

/** `caches.default` in memory. */
function createCaches(): { readonly default: object; readonly entries: Map<string, Response> } {
  const entries = new Map<string, Response>();
  return {
    entries,
    default: {
      match: (url: string) => Promise.resolve(entries.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void entries.set(url, response)),
      delete: (url: string) => Promise.resolve(entries.delete(url)),
    },
  };
}

const original = Object.getOwnPropertyDescriptor(globalThis, "caches");
const { now } = Date;
let fake = createCaches();

beforeEach(() => {
  fake = createCaches();
  Object.defineProperty(globalThis, "caches", { value: fake, configurable: true, writable: true });
});
afterEach(() => {
  Date.now = now;
  if (original === undefined) Reflect.deleteProperty(globalThis, "caches");
  else Object.defineProperty(globalThis, "caches", original);
});

const URL = "https://worker.example/flags?a=1";

describe("cacheStore() (contract §8)", () => {
  const open = () => cacheStore({ url: URL });
  for (const { name, run } of sharedStoreCases({ open, abilities: ["set", "tryLock"] })) it(name, run);

  it("adds its prefix and the name to the URL, and lets the cache keep a snapshot for a week", async () => {
    await cacheStore({ url: URL, prefix: "mine:" }).set!("{a}:flags", "x");
    const [[url, response]] = [...fake.entries] as [[string, Response]];
    expect(url).toBe("https://worker.example/flags?a=1&name=mine%3A%7Ba%7D%3Aflags");
    expect(response.headers.get("cache-control")).toBe("max-age=604800");
  });

  it("does not honour a lock that ends after more than 60 s: its clock was set back since", async () => {
    const start = now();
    await open().tryLock!("lock", 4000);
    Date.now = () => start - 600_000;
    expect(await open().tryLock!("lock", 4000)).not.toBeNull();
  });

  it("refuses a URL that is none, and other platforms", async () => {
    expect(() => cacheStore({ url: "/flags" })).toThrow("'url' must be an absolute http: or https: URL");
    Object.defineProperty(globalThis, "caches", { value: {}, configurable: true, writable: true });
    await expect(open().get("flags")).rejects.toThrow(/has no caches\.default/);
  });
});
