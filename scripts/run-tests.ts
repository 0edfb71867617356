import { runHosts } from "../test/runtime/run-hosts.ts";
import { add, runSteps } from "./steps.ts";
import type { Step, Tally } from "./steps.ts";

/** Makes `dist/`, which Node, workerd and the Edge VM run. */
export const BUILD: Step = { name: "build", command: ["npm", "run", "--silent", "build"] };

/** Unit tests on Node, the runtime suite on every host, the shared stores on theirs, the examples on theirs; needs `BUILD` before. */
export async function runTests(): Promise<Tally> {
  const unit = await runSteps([{ name: "unit tests", command: ["vitest", "run"] }]);
  const hosts = await runHosts();
  const stores = await runSteps([
    { name: "shared stores", command: ["npm", "run", "--silent", "test:stores"] },
    { name: "bursts", command: ["npm", "run", "--silent", "test:bursts"] },
  ]);
  const examples = await runSteps([
    { name: "examples", command: ["npm", "run", "--silent", "test:examples"] },
  ]);
  return [unit, hosts, stores, examples].reduce(add);
}
