/** `npm test`: builds, then proves it, on this Node and on every other host. */
import { BUILD, runTests } from "./run-tests.ts";
import { add, finish, runSteps } from "./steps.ts";

const build = await runSteps([BUILD]);
finish(build.failed > 0 ? build : add(build, await runTests()));
