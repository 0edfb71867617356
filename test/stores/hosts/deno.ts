/** Deno KV on Deno itself: `deno run --unstable-kv … deno.ts FILE`. */
import process from "node:process";
import { denoKvStore } from "@featureflip/sdk/deno";
import type { DenoKvLike } from "@featureflip/sdk/deno";
import { report } from "../../runtime/hosts/report.ts";
import { sharedStoreCases } from "../../suites/shared-store.ts";
import { runCases } from "./run-cases.ts";

interface Kv extends DenoKvLike {
  close(): void;
}

const { openKv } = (globalThis as unknown as { Deno: { openKv(path?: string): Promise<Kv> } }).Deno;
const opened: Kv[] = [];

report(
  await runCases(sharedStoreCases({
    async open() {
      const kv = await openKv(process.argv[2]);
      opened.push(kv);
      return denoKvStore(kv);
    },
    abilities: ["set", "tryLock", "watch"],
    longest: 3_000_000,
  })),
);
for (const kv of opened) kv.close();
