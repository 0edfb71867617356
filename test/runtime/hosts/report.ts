import process from "node:process";
import type { Report } from "../suite.ts";

/** Prints what failed and, last, how many cases held; the exit code says it too. */
export function report({ passed, failures }: Report): void {
  for (const failure of failures.slice(0, 50)) console.log(failure);
  if (failures.length > 50) console.log(`… and ${failures.length - 50} more`);
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
}
