/** Node (the built package), Deno and Bun (the sources): `… process.ts ORIGIN`. */
import process from "node:process";
import { watchWork } from "../watch-work.ts";
import { report } from "./report.ts";

// Neither importing the package nor constructing what it offers may start anything (contract §6).
const origin = process.argv[2] ?? "";
const stop = watchWork();
const { startUp } = await import("../start-up.ts");
const { runSuite } = await import("../suite.ts");
const letGo = startUp(origin);
const uses = stop();
await letGo();
if (uses.length > 0) throw new Error(`Starting up used ${uses.join(", ")}`);

report(await runSuite({ origin }));
