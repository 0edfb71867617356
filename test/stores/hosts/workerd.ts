/** Cloudflare's stores in workerd: `node workerd.mjs SCRIPT COMPATIBILITY_DATE`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Miniflare } from "miniflare";
import { report } from "../../runtime/hosts/report.ts";
import type { Report } from "../../runtime/suite.ts";

const [scriptPath = "", compatibilityDate = ""] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "featureflip-workerd-"));

const total = { passed: 0, failures: [] as string[] };
try {
  const worker = start();
  for (const store of ["kv", "cache", "durable-object", "durable-object-without-sqlite"]) {
    const response = await worker.dispatchFetch(`http://worker/${store}`);
    if (!response.ok) throw new Error(`${store}: ${response.status} ${await response.text()}`);
    const { passed, failures } = await response.json() as Report;
    total.passed += passed;
    total.failures.push(...failures.map((failure) => `${store}: ${failure}`));
  }
  await worker.dispose();

  // What is written last outlives the object's memory.
  const again = start();
  const text = await (await again.dispatchFetch("http://worker/read-back")).text();
  if (/^(a|b)+$/.test(text) && text.length === 200_000) total.passed++;
  else total.failures.push(`durable-object: after a restart it has ${text.length} characters`);
  await again.dispose();
} finally {
  await rm(folder, { recursive: true, force: true });
}
report(total);

function start(): Miniflare {
  return new Miniflare({
    modules: true,
    scriptPath,
    compatibilityDate,
    kvNamespaces: ["FLAGS"],
    durableObjects: {
      SNAPSHOTS: { className: "SnapshotObject", useSQLite: true },
      PLAIN_SNAPSHOTS: { className: "PlainSnapshotObject", useSQLite: false },
    },
    durableObjectsPersist: folder,
    cf: false,
    telemetry: { enabled: false },
  });
}
