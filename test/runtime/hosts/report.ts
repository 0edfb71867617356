import process from "node:process";
import type { Report } from "../suite.ts";

// What breaks one vector often breaks a thousand.
const SHOWN = 20;

/** Prints what failed and, last, how many cases held; the exit code says it too. */
export function report({ passed, failures }: Report): void {
  for (const failure of failures.slice(0, SHOWN)) console.log(failure);
  if (failures.length > SHOWN) console.log(`… and ${failures.length - SHOWN} more`);
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
}
