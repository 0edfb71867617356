/** `npm run test:runtime`: the runtime suite alone, over what `npm run build` made. */
import { finish } from "../../scripts/steps.ts";
import { runHosts } from "./run-hosts.ts";

finish(await runHosts());
