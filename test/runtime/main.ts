/** `npm run test:runtime`: the runtime suite alone, over what `npm run build` made. `-- workerd` selects hosts by name. */
import process from "node:process";
import { finish } from "../../scripts/steps.ts";
import { runHosts } from "./run-hosts.ts";

finish(await runHosts(process.argv[2]));
