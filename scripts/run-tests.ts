import { runHosts } from "../test/runtime/run-hosts.ts";
import { add, runSteps } from "./steps.ts";
import type { Step, Tally } from "./steps.ts";

/** Makes `dist/`, which Node, workerd and the Edge VM run. */
export const BUILD: Step = { name: "build", command: ["npm", "run", "--silent", "build"] };

/** Clients whose connections break all the time, for so many seconds and the time to recover. */
export function soak(seconds: number): Step {
  return {
    name: `soak, ${seconds} s`,
    command: ["tsx", "-C", "source", "test/system/soak/main.ts", String(seconds)],
    timeout: 2 * seconds * 1_000 + 120_000,
  };
}

/** Unit tests on Node; on their hosts the runtime suite, the shared stores, the bursts, the command, the guides, the examples; needs `BUILD` before. */
export async function runTests(): Promise<Tally> {
  return [
    await runSteps([{ name: "unit tests", command: ["vitest", "run"] }]),
    // A soak and the stores wait more than they work, so they leave room for what runs beside them.
    ...await Promise.all([runSteps([soak(20)]), runHosts()]),
    ...await Promise.all([
      runSteps([script("shared stores", "test:stores")]),
      runSteps([script("the command", "test:cli"), script("docs' code and commands", "test:docs")]),
    ]),
    await runSteps([script("bursts of requests", "test:bursts"), script("examples", "test:examples")]),
  ].reduce(add);
}

function script(name: string, npmScript: string): Step {
  return { name, command: ["npm", "run", "--silent", npmScript] };
}
