import type { Report } from "../../../runtime/suite.ts";
import type { StoreCase } from "../../../support/suites/shared-store.ts";

/** Runs the cases one after the other. */
export async function runCases(cases: readonly StoreCase[]): Promise<Report> {
  const failures: string[] = [];
  for (const { name, run } of cases) {
    await run().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
  }
  return { passed: cases.length - failures.length, failures };
}
