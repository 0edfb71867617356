/** `npm run soak`: ten minutes of trouble, and the property tests with many more seeds than the everyday run has time for. */
import { soak } from "./run-tests.ts";
import { finish, runSteps } from "./steps.ts";

const HALF_AN_HOUR = 1_800_000;

finish(
  await runSteps([soak(600), {
    name: "unit tests, all seeds",
    command: ["vitest", "run", `--testTimeout=${HALF_AN_HOUR}`],
    env: { SOAK: "1" },
    timeout: HALF_AN_HOUR,
  }]),
);
