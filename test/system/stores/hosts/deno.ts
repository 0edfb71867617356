/** Deno KV on Deno itself: `deno run --unstable-kv … deno.ts FILE`. */
import { denoKvStore } from "@featureflip/sdk/deno";
import type { DenoKvLike } from "@featureflip/sdk/deno";
import process from "node:process";
import { expectEqual, expectTrue } from "../../../runtime/expect.ts";
import { report } from "../../../runtime/hosts/report.ts";
import { sharedStoreCases } from "../../../support/suites/shared-store.ts";
import { runCases } from "./run-cases.ts";

interface Kv extends DenoKvLike {
  close(): void;
}

const { openKv } = (globalThis as unknown as { Deno: { openKv(path?: string): Promise<Kv> } }).Deno;
const opened: Kv[] = [];

async function open(): Promise<Kv> {
  const kv = await openKv(process.argv[2]);
  opened.push(kv);
  return kv;
}

report(
  await runCases([
    ...sharedStoreCases({
      open: async () => denoKvStore(await open()),
      abilities: ["set", "tryLock", "watch"],
      longest: 3_000_000,
    }),
    {
      name: "set() by several at once leaves one text, and nothing of the others",
      async run() {
        const kv = await open();
        const store = denoKvStore(kv, { prefix: "at once:" });
        for (let round = 0; round < 10; round++) {
          const texts = ["a", "b", "c"].map((letter) => letter.repeat(700_000));
          await Promise.all(texts.map((text) => store.set!("flags", text)));
          expectTrue(texts.includes((await store.get("flags"))!), "it read a mixture, or nothing");
        }
        let keys = 0;
        for await (const _ of kv.list({ prefix: ["at once:flags"] })) keys++;
        expectEqual(keys, 1 + Math.ceil(700_000 / 60_000), "keys");
      },
    },
    {
      name: "tryLock() does not wait for a lock that another clock has left in the future",
      async run() {
        const kv = await open();
        const store = denoKvStore(kv, { prefix: "ahead:" });
        await kv.atomic().set(["ahead:lock"], Date.now() + 3_600_000).commit();
        const release = await store.tryLock!("lock", 1000);
        expectTrue(release !== null, "it has no lock");
        await release!();
      },
    },
  ]),
);
for (const kv of opened) kv.close();
