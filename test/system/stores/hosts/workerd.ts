/** Cloudflare's stores in workerd: `node workerd.mjs SCRIPT COMPATIBILITY_DATE`. */
import { createEvaluationApi, serve } from "@featureflip/sdk/server";
import { Miniflare } from "miniflare";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { report } from "../../../runtime/hosts/report.ts";
import type { Report } from "../../../runtime/suite.ts";
import { FLAG, kvOutageCases } from "../kv-outage.ts";
import type { OutageAnswer } from "../kv-outage.ts";
import { runCases } from "./run-cases.ts";

const [scriptPath = "", compatibilityDate = ""] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "featureflip-workerd-"));

const api = createEvaluationApi({
  sdkKeys: ["sdk-failing", "sdk-hanging", "sdk-cold"],
  environment: { flags: [FLAG] },
});
const origin = await serve(api);

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
  const outage = await runCases(kvOutageCases({
    api,
    async ask(key, kv, later = 0) {
      const response = await worker.dispatchFetch(`http://worker/outage?key=${key}&kv=${kv}&later=${later}`);
      if (!response.ok) throw new Error(`the Worker answered ${response.status} ${await response.text()}`);
      return await response.json() as OutageAnswer;
    },
    async read(key) {
      return await (await worker.dispatchFetch(`http://worker/outage?key=${key}&read`)).text();
    },
  }));
  total.passed += outage.passed;
  total.failures.push(...outage.failures);
  await worker.dispose();

  // What is written last outlives the object's memory.
  const again = start();
  const text = await (await again.dispatchFetch("http://worker/read-back")).text();
  if (/^(a|b)+$/.test(text) && text.length === 200_000) total.passed++;
  else total.failures.push(`durable-object: after a restart it has ${text.length} characters`);
  await again.dispose();
} finally {
  await origin.close();
  await rm(folder, { recursive: true, force: true });
}
report(total);

function start(): Miniflare {
  return new Miniflare({
    modules: true,
    scriptPath,
    compatibilityDate,
    bindings: { ORIGIN: origin.url },
    kvNamespaces: ["FLAGS"],
    // On a slow machine, workerd evicts an object in mid-suite, and with it the lock that a case is about.
    durableObjects: {
      SNAPSHOTS: { className: "SnapshotObject", useSQLite: true, unsafePreventEviction: true },
      PLAIN_SNAPSHOTS: { className: "PlainSnapshotObject", useSQLite: false, unsafePreventEviction: true },
    },
    durableObjectsPersist: folder,
    cf: false,
    telemetry: { enabled: false },
  });
}
