import { runHosts } from "../test/runtime/run-hosts.ts";
import { add, runSteps } from "./steps.ts";
import type { Tally } from "./steps.ts";

/** Unit tests on Node, then the runtime suite on every host; the runtime suite needs `dist/`. */
export async function runTests(): Promise<Tally> {
  const unit = await runSteps([{ name: "unit tests", command: ["vitest", "run"] }]);
  return add(unit, await runHosts());
}
