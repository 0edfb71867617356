import type { Host } from "./case.ts";
import { clientCases } from "./cases/client.ts";
import { conformanceCases } from "./cases/conformance.ts";
import { adapterCases } from "./cases/adapters.ts";
import { storeCases } from "./cases/stores.ts";
import type { Vectors } from "./cases/conformance.ts";

/** What a host reports: how many cases held, and what the others said. */
export interface Report {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** Against hanging alone: a busy machine takes its time. */
const CASE_TIMEOUT = 60_000;

/** Runs every case on this host, one after the other. */
export async function runSuite(host: Host): Promise<Report> {
  const vectors: Vectors[] = await (await fetch(`${host.origin}/vectors.json`)).json();
  const cases = [
    ...clientCases,
    ...adapterCases,
    ...storeCases(host.origin),
    ...vectors.flatMap(conformanceCases),
  ];

  return await runCases(cases.map(({ name, run }) => ({ name, run: () => run(host) })));
}

/** Runs cases, one after the other. */
export async function runCases(
  cases: readonly { name: string; run(): void | Promise<void> }[],
): Promise<Report> {
  const failures: string[] = [];
  for (const { name, run } of cases) {
    const failure = await attempt(run);
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
  }
  return { passed: cases.length - failures.length, failures };
}

async function attempt(run: () => void | Promise<void>): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing after ${CASE_TIMEOUT} ms`)), CASE_TIMEOUT);
  });
  try {
    await Promise.race([run(), deadline]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
