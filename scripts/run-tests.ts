import { runHosts } from "../test/runtime/run-hosts.ts";
import { add, runSteps } from "./steps.ts";
import type { Step, Tally } from "./steps.ts";

/** Makes `dist/`, which Node, workerd and the Edge VM run. */
export const BUILD: Step = { name: "build", command: ["npm", "run", "--silent", "build"] };

/** Clients whose connections break all the time, for so many seconds and the time to recover. */
export function soak(seconds: number): Step {
  return {
    name: `soak, ${seconds} s`,
    command: ["node", "scripts/run.mjs", "test/soak/main.ts", String(seconds)],
    timeout: 2 * seconds * 1_000 + 120_000,
  };
}

/** Unit tests on Node; on their hosts the runtime suite, the shared stores, the bursts, the command, the guides, the examples; needs `BUILD` before. */
export async function runTests(): Promise<Tally> {
  const unit = await runSteps([{ name: "unit tests", command: ["vitest", "run"] }, soak(20)]);
  const hosts = await runHosts();
  const stores = await runSteps([
    { name: "shared stores", command: ["npm", "run", "--silent", "test:stores"] },
  ]);
  const command = await runSteps([
    { name: "the command", command: ["npm", "run", "--silent", "test:cli"] },
  ]);
  const bursts = await runSteps([
    { name: "bursts of requests", command: ["npm", "run", "--silent", "test:bursts"] },
  ]);
  const docs = await runSteps([
    { name: "docs' code and commands", command: ["npm", "run", "--silent", "test:docs"] },
  ]);
  const examples = await runSteps([
    { name: "examples", command: ["npm", "run", "--silent", "test:examples"] },
  ]);
  return [unit, hosts, stores, command, bursts, docs, examples].reduce(add);
}
